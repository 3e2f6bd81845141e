/**
 * CityHash128 of version 1.0.2, the one that ClickHouse kept for its checksums (later versions of CityHash give other numbers). JavaScript has no
 * 64-bit integers that are fast, so the numbers live in pairs of 32 bits in one array, low half first, and are named by their place.
 * Source of the algorithm: Google's CityHash 1.0.2; the test holds it against what ClickHouse's own clients made.
 */

type Constant = readonly [low: number, high: number];
const K0: Constant = [0x97cb3127, 0xc3a5c85c];
const K1: Constant = [0xbe98f273, 0xb492b66f];
const K2: Constant = [0x2f90404f, 0x9ae16a3b];
const K3: Constant = [0x509e6557, 0xc949d7c7];
/** of the step that makes 64 bits of 128 */
const MIX: Constant = [0xeb382d69, 0x9ddfea08];

const [X, Y, Z, V, V2, W, W2, A, B, C, D, S, T, U] = [
  0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26,
] as const;
const numbers = new Int32Array(28);

/** Lengths below which all is read at once. */
const SHORT_BYTES = 16;
const LONG_BYTES = 128;
const ROUND_BYTES = 64;
const TAIL_BYTES = 32;

/** The 16 bytes of the hash, as ClickHouse writes them: both halves little-endian, the low one first. */
export function cityHash128(data: Uint8Array): Uint8Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const { length } = data;
  if (length >= SHORT_BYTES) {
    fetch(view, 0, A);
    xorConstant(A, K3);
    fetch(view, 8, B);
    hashSeeded(view, SHORT_BYTES);
  } else if (length >= 8) {
    set(T, [length, 0]);
    multiply(T, K0);
    fetch(view, 0, A);
    xor(A, T);
    fetch(view, length - 8, B);
    xorConstant(B, K1);
    hashSeeded(view, length);
  } else {
    set(A, K0);
    set(B, K1);
    hashSeeded(view, 0);
  }
  const hash = new Uint8Array(16);
  const halves = new DataView(hash.buffer);
  for (const [place, name] of [
    [0, A],
    [8, B],
  ] as const) {
    halves.setInt32(place, numbers[name] ?? 0, true);
    halves.setInt32(place + 4, numbers[name + 1] ?? 0, true);
  }
  return hash;
}

/** Hashes what begins at `start`, with the seed in A and B; the halves of the hash come there too. */
function hashSeeded(view: DataView, start: number): void {
  if (view.byteLength - start < LONG_BYTES) hashShort(view, start);
  else hashLong(view, start);
}

function hashShort(view: DataView, start: number): void {
  const length = view.byteLength - start;
  if (length <= SHORT_BYTES) {
    multiply(A, K1);
    shiftMix(A);
    multiply(A, K1);
    copy(C, B);
    multiply(C, K1);
    hashTiny(view, start);
    add(C, S);
    copy(D, C);
    if (length >= 8) fetch(view, start, D);
    add(D, A);
    shiftMix(D);
  } else {
    const end = view.byteLength;
    fetch(view, end - 8, S);
    addConstant(S, K1);
    copy(C, S);
    mix(C, A);
    copy(D, B);
    addConstant(D, [length, 0]);
    fetch(view, end - 16, S);
    add(S, C);
    mix(D, S);
    add(A, D);
    let at = start;
    for (let left = length - 16; left > 0; left -= 16, at += 16) {
      stir(view, at, A);
      xor(B, A);
      stir(view, at + 8, C);
      xor(D, C);
    }
  }
  mix(A, C);
  copy(S, D);
  mix(S, B);
  copy(B, S);
  // the low half is A xor B, the high one the mix of B and A
  copy(T, A);
  xor(T, B);
  mix(B, A);
  copy(A, T);
}

/** `to = (to xor shiftMix(word * K1) * K1) * K1` */
function stir(view: DataView, at: number, to: number): void {
  fetch(view, at, S);
  multiply(S, K1);
  shiftMix(S);
  multiply(S, K1);
  xor(to, S);
  multiply(to, K1);
}

/** Of up to 16 bytes, into S. */
function hashTiny(view: DataView, start: number): void {
  const length = view.byteLength - start;
  if (length > 8) {
    fetch(view, view.byteLength - 8, T);
    copy(U, T);
    addConstant(U, [length, 0]);
    rotate(U, length);
    fetch(view, start, S);
    mix(S, U);
    xor(S, T);
  } else if (length >= 4) {
    const first = view.getUint32(start, true);
    set(S, [first << 3, first >>> 29]);
    addConstant(S, [length, 0]);
    set(T, [view.getUint32(view.byteLength - 4, true), 0]);
    mix(S, T);
  } else if (length > 0) {
    const [first, middle, last] = [0, length >> 1, length - 1].map((at) => view.getUint8(start + at));
    set(S, [(first ?? 0) + ((middle ?? 0) << 8), 0]);
    multiply(S, K2);
    set(T, [length + ((last ?? 0) << 2), 0]);
    multiply(T, K3);
    xor(S, T);
    shiftMix(S);
    multiply(S, K2);
  } else set(S, K2);
}

function hashLong(view: DataView, start: number): void {
  const end = view.byteLength;
  begin(view, start);
  let at = start;
  for (; end - at >= LONG_BYTES; at += 2 * ROUND_BYTES) {
    round(view, at);
    round(view, at + ROUND_BYTES);
  }
  copy(S, W);
  rotate(S, 37);
  multiply(S, K0);
  add(Y, S);
  add(Y, Z);
  copy(S, V);
  add(S, Z);
  rotate(S, 49);
  multiply(S, K0);
  add(X, S);
  for (let done = 0; done < end - at; ) {
    done += TAIL_BYTES;
    subtract(Y, X);
    rotate(Y, 42);
    multiply(Y, K0);
    add(Y, V2);
    addWord(view, end - done + 16, W);
    rotate(X, 49);
    multiply(X, K0);
    add(X, W);
    add(W, V);
    copy(A, V);
    copy(B, V2);
    weak(view, end - done, V);
  }
  mix(X, V);
  mix(Y, W);
  copy(A, X);
  add(A, V2);
  mix(A, W2);
  add(A, Y);
  copy(B, X);
  add(B, W2);
  add(Y, V2);
  mix(B, Y);
}

/** The state before the first round. */
function begin(view: DataView, start: number): void {
  copy(X, A);
  copy(Y, B);
  set(Z, [view.byteLength - start, 0]);
  multiply(Z, K1);
  copy(V, Y);
  xorConstant(V, K1);
  rotate(V, 49);
  multiply(V, K1);
  addWord(view, start, V);
  copy(V2, V);
  rotate(V2, 42);
  multiply(V2, K1);
  addWord(view, start + 8, V2);
  copy(W, Y);
  add(W, Z);
  rotate(W, 35);
  multiply(W, K1);
  add(W, X);
  fetch(view, start + 88, W2);
  add(W2, X);
  rotate(W2, 53);
  multiply(W2, K1);
}

/** 64 bytes of the loop. */
function round(view: DataView, at: number): void {
  add(X, Y);
  add(X, V);
  addWord(view, at + 16, X);
  rotate(X, 37);
  multiply(X, K1);
  add(Y, V2);
  addWord(view, at + 48, Y);
  rotate(Y, 42);
  multiply(Y, K1);
  xor(X, W2);
  xor(Y, V);
  xor(Z, W);
  rotate(Z, 33);
  copy(A, V2);
  multiply(A, K1);
  copy(B, X);
  add(B, W);
  weak(view, at, V);
  copy(A, Z);
  add(A, W2);
  copy(B, Y);
  weak(view, at + 32, W);
  copy(S, Z);
  copy(Z, X);
  copy(X, S);
}

/** A weak hash of 32 bytes with the seeds in A and B, into `to` and the number after it. */
function weak(view: DataView, at: number, to: number): void {
  addWord(view, at, A);
  fetch(view, at + 24, S);
  add(B, A);
  add(B, S);
  rotate(B, 21);
  copy(C, A);
  addWord(view, at + 8, A);
  addWord(view, at + 16, A);
  copy(T, A);
  rotate(T, 44);
  add(B, T);
  add(A, S);
  add(B, C);
  copy(to, A);
  copy(to + 2, B);
}

/** 64 bits of the 128 in `to` and `other`; they come to `to`. */
function mix(to: number, other: number): void {
  xor(to, other);
  multiply(to, MIX);
  shiftMix(to);
  xor(to, other);
  multiply(to, MIX);
  shiftMix(to);
  multiply(to, MIX);
}

// no tuples are taken apart below: these are called some thirty times for every 64 bytes

function set(to: number, value: Constant): void {
  numbers[to] = value[0];
  numbers[to + 1] = value[1];
}
function copy(to: number, from: number): void {
  numbers[to] = numbers[from] as number;
  numbers[to + 1] = numbers[from + 1] as number;
}
function fetch(view: DataView, at: number, to: number): void {
  numbers[to] = view.getInt32(at, true);
  numbers[to + 1] = view.getInt32(at + 4, true);
}
function addPair(to: number, low: number, high: number): void {
  const own = numbers[to] as number;
  const sum = (own + low) | 0;
  numbers[to] = sum;
  // what comes out smaller than a part of it has carried
  const carry = sum >>> 0 < own >>> 0 ? 1 : 0;
  numbers[to + 1] = ((numbers[to + 1] as number) + high + carry) | 0;
}
function add(to: number, from: number): void {
  addPair(to, numbers[from] as number, numbers[from + 1] as number);
}
function addConstant(to: number, value: Constant): void {
  addPair(to, value[0] | 0, value[1] | 0);
}
function addWord(view: DataView, at: number, to: number): void {
  addPair(to, view.getInt32(at, true), view.getInt32(at + 4, true));
}
function subtract(to: number, from: number): void {
  const own = numbers[to] as number;
  const other = numbers[from] as number;
  const borrow = own >>> 0 < other >>> 0 ? 1 : 0;
  numbers[to] = (own - other) | 0;
  numbers[to + 1] = ((numbers[to + 1] as number) - (numbers[from + 1] as number) - borrow) | 0;
}
function xor(to: number, from: number): void {
  numbers[to] = (numbers[to] as number) ^ (numbers[from] as number);
  numbers[to + 1] = (numbers[to + 1] as number) ^ (numbers[from + 1] as number);
}
function xorConstant(to: number, value: Constant): void {
  numbers[to] = (numbers[to] as number) ^ value[0];
  numbers[to + 1] = (numbers[to + 1] as number) ^ value[1];
}
/** The lower 64 bits of the product. */
function multiply(to: number, by: Constant): void {
  const own = numbers[to] as number;
  const low = by[0] | 0;
  const cross = Math.imul(own, by[1] | 0) + Math.imul(numbers[to + 1] as number, low);
  numbers[to] = Math.imul(own, low);
  numbers[to + 1] = (upper(own, low) + cross) | 0;
}
/** The upper 32 of the 64 bits of a product of two numbers without sign. */
function upper(left: number, right: number): number {
  const leftLow = left & 0xffff;
  const leftHigh = left >>> 16;
  const rightLow = right & 0xffff;
  const rightHigh = right >>> 16;
  const middle = (Math.imul(leftHigh, rightLow) >>> 0) + (Math.imul(leftLow, rightLow) >>> 16);
  const other = (Math.imul(leftLow, rightHigh) >>> 0) + (middle & 0xffff);
  return (Math.imul(leftHigh, rightHigh) + (middle >>> 16) + (other >>> 16)) | 0;
}
/** To the right, by less than 64. */
function rotate(to: number, by: number): void {
  const swapped = by >= 32;
  const low = numbers[swapped ? to + 1 : to] as number;
  const high = numbers[swapped ? to : to + 1] as number;
  const bits = by & 31;
  numbers[to] = bits === 0 ? low : (low >>> bits) | (high << (32 - bits));
  numbers[to + 1] = bits === 0 ? high : (high >>> bits) | (low << (32 - bits));
}
/** `n xor (n >> 47)` */
function shiftMix(to: number): void {
  numbers[to] = (numbers[to] as number) ^ ((numbers[to + 1] as number) >>> 15);
}
