const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const END_BYTES = 22;
const COMMENT_BYTES_MAX = 65_535;
const ENTRY_BYTES = 46;
/** A size field of all ones says that the real one stands elsewhere (ZIP64), which no small workbook needs. */
const UNKNOWN_BYTES = 0xffffffff;

/**
 * Bytes that the parts of a ZIP file claim to have unpacked, from its central directory (PKWARE APPNOTE 4.3.12).
 * Infinity for ZIP64; 0 for what is no ZIP file (opening it will tell).
 */
export function inflatedBytes(content: Buffer): number {
  let end = content.length - END_BYTES;
  const first = Math.max(0, end - COMMENT_BYTES_MAX);
  while (end >= first && content.readUInt32LE(end) !== END_SIGNATURE) end -= 1;
  if (end < first) return 0;
  const entries = content.readUInt16LE(end + 10);
  let offset = content.readUInt32LE(end + 16);
  let total = 0;
  for (let entry = 0; entry < entries; entry += 1) {
    if (offset + ENTRY_BYTES > content.length || content.readUInt32LE(offset) !== ENTRY_SIGNATURE)
      return total;
    const bytes = content.readUInt32LE(offset + 24);
    total += bytes === UNKNOWN_BYTES ? Number.POSITIVE_INFINITY : bytes;
    const tail = [28, 30, 32].map((at) => content.readUInt16LE(offset + at));
    offset += ENTRY_BYTES + tail.reduce((sum, length) => sum + length, 0);
  }
  return total;
}
