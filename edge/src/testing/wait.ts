/** Waits until the condition gives something other than null, undefined or false; throws with the name after the time. */
export async function until<T>(
  name: string,
  condition: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  timeMs = 10_000,
): Promise<T> {
  const endMs = Date.now() + timeMs;
  for (;;) {
    const result = await condition();
    if (result !== null && result !== undefined && result !== false) return result;
    if (Date.now() > endMs) throw new Error(`waited ${timeMs} ms in vain: ${name}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
