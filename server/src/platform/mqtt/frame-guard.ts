/**
 * Watches the bytes of one MQTT connection and finds a packet that announces more than `bytesMax()` before its body is
 * read (MQTT 3.1.1, 2.2.3: remaining length, at most four bytes of seven bits). Returns false once that happened, or once
 * `begin` refused the length that a packet announces; `end` is told when the whole packet has come.
 */
export function createFrameGuard(
  bytesMax: () => number,
  packets?: { begin(bytes: number): boolean; end(bytes: number): void },
): (chunk: Uint8Array) => boolean {
  let state: 'header' | 'length' | 'body' = 'header';
  let length = 0;
  let shift = 0;
  let left = 0;
  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (state === 'body') {
        const taken = Math.min(left, chunk.length - at);
        at += taken;
        left -= taken;
        if (left === 0) {
          state = 'header';
          packets?.end(length);
        }
        continue;
      }
      const byte = chunk[at] ?? 0;
      at += 1;
      if (state === 'header') {
        state = 'length';
        length = 0;
        shift = 0;
        continue;
      }
      length += (byte & 0x7f) * 2 ** shift;
      shift += 7;
      if (length > bytesMax() || (byte >= 0x80 && shift > 21)) return false;
      if (byte < 0x80) {
        if (length > 0 && packets?.begin(length) === false) return false;
        left = length;
        state = left === 0 ? 'header' : 'body';
      }
    }
    return true;
  };
}
