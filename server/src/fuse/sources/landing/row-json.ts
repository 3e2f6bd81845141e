import { canonicalJson } from '../rows.ts';

const BYTES_START = 1 << 16;
/** Longer texts are written by the engine of JavaScript, shorter ones by hand, where a call costs more than they do. */
const SHORT = 200;

/**
 * Writes rows of certain columns as canonical JSON, names sorted, so that equal rows have equal bytes: UTF-8 at once, because the
 * bytes are hashed and kept, and a text between would be read three times.
 */
export class RowJson {
  #bytes: Buffer = Buffer.allocUnsafe(BYTES_START);
  #end = 0;
  readonly #order: readonly { name: Buffer; index: number }[];

  constructor(columns: readonly string[]) {
    this.#order = columns
      .map((text, index) => ({ text, name: Buffer.from(`${JSON.stringify(text)}:`), index }))
      .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
  }

  /** The bytes of a row; they stay what they are until the next one is written. A cell that is undefined has no name either. */
  write(cells: readonly unknown[]): Uint8Array {
    this.#end = 1;
    for (const { name, index } of this.#order) {
      const value = cells[index];
      if (value === undefined) continue;
      this.#reserve(name.length + 2);
      if (this.#end > 1) this.#bytes[this.#end++] = 0x2c;
      this.#end += name.copy(this.#bytes, this.#end);
      this.#value(value);
    }
    this.#reserve(1);
    this.#bytes[0] = 0x7b;
    this.#bytes[this.#end++] = 0x7d;
    return this.#bytes.subarray(0, this.#end);
  }

  #value(value: unknown): void {
    if (typeof value === 'string' && value.length <= SHORT && this.#plain(value)) return;
    const text =
      typeof value === 'object' && value !== null ? canonicalJson(value) : (JSON.stringify(value) ?? 'null');
    // three bytes hold every UTF-16 unit
    this.#reserve(text.length * 3);
    this.#end += this.#bytes.write(text, this.#end, 'utf8');
  }

  /** Writes a text that JSON keeps as it is; false, with nothing written, for one with a quote, a backslash, a control character or a surrogate. */
  #plain(text: string): boolean {
    this.#reserve(text.length * 3 + 2);
    const bytes = this.#bytes;
    let at = this.#end;
    bytes[at++] = 0x22;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code < 0x80) {
        if (code < 0x20 || code === 0x22 || code === 0x5c) return false;
        bytes[at++] = code;
      } else if (code < 0x800) {
        bytes[at++] = 0xc0 | (code >> 6);
        bytes[at++] = 0x80 | (code & 0x3f);
      } else if (code >= 0xd800 && code <= 0xdfff) return false;
      else {
        bytes[at++] = 0xe0 | (code >> 12);
        bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
        bytes[at++] = 0x80 | (code & 0x3f);
      }
    }
    bytes[at++] = 0x22;
    this.#end = at;
    return true;
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#end + bytes));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }
}
