/**
 * Columns of ClickHouse's Native format, filled row by row and written as one block of a file, so that a million rows reach
 * the engine without passing through the memory of the process that serves people.
 * Source: ClickHouse documentation, Native format (counts of columns and rows; per column name, type, values; text as
 * length and bytes; arrays as the end of each row and then the values of all).
 */

const TEXT_BYTES_START = 1 << 16;
/** Units of a text whose length takes one byte, whatever they are. */
const SHORT = 42;

/** Texts one behind the other, each with its length before it. */
export class TextColumn {
  readonly type = 'String';
  #bytes: Buffer = Buffer.allocUnsafe(TEXT_BYTES_START);
  #end = 0;
  rows = 0;
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }

  get byteLength(): number {
    return this.#end;
  }

  push(text: string): void {
    // three bytes hold every UTF-16 unit, five the length
    this.#reserve(text.length * 3 + 5);
    this.#end = text.length <= SHORT ? this.#short(text) : this.#long(text);
    this.rows += 1;
  }

  /** A text that is UTF-8 already. */
  pushBytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length + 5);
    writeLength(this.#bytes, this.#end, bytes.length);
    this.#end += lengthBytes(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
    this.rows += 1;
  }

  /** Short texts by hand: a call into the engine of JavaScript's strings costs more than they do. Returns the end. */
  #short(text: string): number {
    const bytes = this.#bytes;
    let at = this.#end + 1;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code < 0x80) bytes[at++] = code;
      else if (code < 0x800) {
        bytes[at++] = 0xc0 | (code >> 6);
        bytes[at++] = 0x80 | (code & 0x3f);
      } else if (code >= 0xd800 && code <= 0xdfff) return this.#long(text);
      else {
        bytes[at++] = 0xe0 | (code >> 12);
        bytes[at++] = 0x80 | ((code >> 6) & 0x3f);
        bytes[at++] = 0x80 | (code & 0x3f);
      }
    }
    bytes[this.#end] = at - this.#end - 1;
    return at;
  }

  /** The length of a long text is known only after it was written; it moves up to its length. Returns the end. */
  #long(text: string): number {
    const start = this.#end;
    const written = this.#bytes.write(text, start + 5, 'utf8');
    const head = lengthBytes(written);
    writeLength(this.#bytes, start, written);
    if (head < 5) this.#bytes.copyWithin(start + head, start + 5, start + 5 + written);
    return start + head + written;
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#end + bytes));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }

  /** Pushes the last `rows` texts again, which begin at a mark taken before them. Returns the new mark. */
  again(mark: number, rows: number): number {
    const [start, bytes] = [this.#end, this.#end - mark];
    this.#reserve(bytes);
    this.#bytes.copyWithin(start, mark, start);
    this.#end += bytes;
    this.rows += rows;
    return start;
  }

  parts(): Uint8Array[] {
    return [this.#bytes.subarray(0, this.#end)];
  }

  clear(): void {
    this.#end = 0;
    this.rows = 0;
  }
}

/** One text in every row. */
export class RepeatedText {
  readonly type = 'String';
  readonly name: string;
  rows = 0;
  readonly #encoded: Buffer;
  constructor(name: string, text: string) {
    const bytes = Buffer.from(text);
    this.name = name;
    this.#encoded = Buffer.concat([lengthOf(bytes.length), bytes]);
  }

  get byteLength(): number {
    return this.rows * this.#encoded.length;
  }

  push(): void {
    this.rows += 1;
  }

  parts(): Uint8Array[] {
    return [Buffer.alloc(this.byteLength, this.#encoded)];
  }

  clear(): void {
    this.rows = 0;
  }
}

const KINDS = {
  UInt8: { bytes: 1, make: (rows: number) => new Uint8Array(rows) },
  UInt32: { bytes: 4, make: (rows: number) => new Uint32Array(rows) },
  UInt64: { bytes: 8, make: (rows: number) => new Uint32Array(rows * 2) },
} as const;

/** Numbers; of UInt64 the lower and the upper half, because a BigInt for each row costs more than all the rest. */
export class NumberColumn {
  #values: Uint8Array | Uint32Array;
  rows = 0;
  readonly name: string;
  readonly type: keyof typeof KINDS;
  constructor(name: string, type: keyof typeof KINDS) {
    this.name = name;
    this.type = type;
    this.#values = KINDS[type].make(1_024);
  }

  get byteLength(): number {
    return this.rows * KINDS[this.type].bytes;
  }

  push(low: number, high = 0): void {
    const wide = this.type === 'UInt64';
    const at = wide ? this.rows * 2 : this.rows;
    if (at + (wide ? 2 : 1) > this.#values.length) {
      const larger = KINDS[this.type].make(this.rows * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[at] = low;
    if (wide) this.#values[at + 1] = high;
    this.rows += 1;
  }

  parts(): Uint8Array[] {
    return [new Uint8Array(this.#values.buffer, this.#values.byteOffset, this.byteLength)];
  }

  clear(): void {
    this.rows = 0;
  }
}

/** Lists of texts or numbers: the values of all rows, and where each row ends. */
export class ListColumn<Inner extends TextColumn | NumberColumn> {
  #ends = new NumberColumn('', 'UInt64');
  readonly inner: Inner;
  constructor(inner: Inner) {
    this.inner = inner;
  }

  get name(): string {
    return this.inner.name;
  }
  get type(): string {
    return `Array(${this.inner.type})`;
  }
  get rows(): number {
    return this.#ends.rows;
  }
  get byteLength(): number {
    return this.inner.byteLength + this.#ends.byteLength;
  }

  /** Ends the list of a row; its values were pushed into `inner`. */
  end(): void {
    this.#ends.push(this.inner.rows);
  }

  parts(): Uint8Array[] {
    return [...this.#ends.parts(), ...this.inner.parts()];
  }

  clear(): void {
    this.#ends.clear();
    this.inner.clear();
  }
}

export type NativeColumn =
  | TextColumn
  | RepeatedText
  | NumberColumn
  | ListColumn<TextColumn>
  | ListColumn<NumberColumn>;

/**
 * The columns as one block of a file: counts, then each column's name, type and values. Columns of unequal length are a
 * fault of ours.
 */
export function nativeBlockOf(columns: readonly NativeColumn[]): Uint8Array[] {
  const rows = columns[0]?.rows ?? 0;
  for (const column of columns)
    if (column.rows !== rows)
      throw new TypeError(`Column ${column.name} has ${column.rows} rows, the first has ${rows}`);
  const head = [lengthOf(columns.length), lengthOf(rows)];
  const body = columns.flatMap((column) => [textOf(column.name), textOf(column.type), ...column.parts()]);
  // a list without a value has no bytes
  return [...head, ...body].filter((part) => part.byteLength > 0);
}

const lengthBytes = (value: number): number =>
  value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;

/** LEB128: seven bits a byte, lowest first. */
function writeLength(target: Uint8Array, position: number, value: number): void {
  let [rest, at] = [value, position];
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) target[at++] = (rest % 0x80) | 0x80;
  target[at] = rest;
}

function lengthOf(value: number): Uint8Array {
  const bytes = new Uint8Array(lengthBytes(value));
  writeLength(bytes, 0, value);
  return bytes;
}

const textOf = (text: string): Uint8Array =>
  Buffer.concat([lengthOf(Buffer.byteLength(text)), Buffer.from(text)]);
