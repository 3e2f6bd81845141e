/** Why a source could not be read, in words that name neither a credential nor an inner address. */
export class ForeignError extends Error {
  readonly fault: 'unreachable' | 'too-large';

  constructor(fault: ForeignError['fault'], reason: string) {
    super(reason);
    this.name = 'ForeignError';
    this.fault = fault;
  }
}
