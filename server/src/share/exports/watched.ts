type Watch = {
  /** throws when the reading must end */
  check: () => Promise<void>;
  everyMs: number;
  nowMs: () => number;
};

/** The same chunks, with a check between two of them as often as is told, and one at the end; an end that is not allowed ends the reading. */
export async function* watched(
  chunks: AsyncIterable<Uint8Array>,
  { check, everyMs, nowMs }: Watch,
): AsyncGenerator<Uint8Array> {
  let checkedMs = nowMs();
  for await (const chunk of chunks) {
    if (nowMs() - checkedMs >= everyMs) {
      await check();
      checkedMs = nowMs();
    }
    yield chunk;
  }
  await check();
}
