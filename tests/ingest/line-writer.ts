import { setTimeout as delay } from 'node:timers/promises';

const START_MS = Date.UTC(2025, 0, 1);
const RETRY_MS = 50;

/** A line-protocol client that writes 0, 1, 2 … into one series, a millisecond apart, and sends a body again until it is acknowledged. */
export type LineWriter = {
  series: string;
  /** lines whose 204 came back */
  acknowledged(): number;
  /** answers that were neither 204 nor a request to come back later */
  refusals: string[];
  /** how often a status or a broken connection made it send a body again */
  retries: Map<string, number>;
  /** finishes the body on its way, however long that takes, and ends */
  stop(): Promise<void>;
};

type Options = { url: string; key: string; series: string; linesPerBody: number };

/** The statuses after which an InfluxDB 2 client sends the same body again. */
const isLater = (status: number) => status === 429 || status >= 500;

export function startLineWriter({ url, key, series, linesPerBody }: Options): LineWriter {
  let stopping = false;
  let acknowledged = 0;
  const refusals: string[] = [];
  const retries = new Map<string, number>();
  const again = (why: string) => retries.set(why, (retries.get(why) ?? 0) + 1);

  const send = async (body: string): Promise<boolean> => {
    for (;;) {
      const answer = await fetch(`${url}/api/v2/write?precision=ms`, {
        method: 'POST',
        headers: { authorization: `Token ${key}` },
        body,
      }).then(
        async (response) => ({ status: response.status, text: await response.text() }),
        () => null,
      );
      if (answer?.status === 204) return true;
      if (answer && !isLater(answer.status)) {
        refusals.push(`${answer.status} ${answer.text}`);
        return false;
      }
      again(answer ? String(answer.status) : 'connection');
      await delay(RETRY_MS);
    }
  };
  const work = async () => {
    while (!stopping) {
      const lines = Array.from({ length: linesPerBody }, (_, index) => {
        const value = acknowledged + index;
        return `${series} value=${value}i ${START_MS + value}`;
      });
      if (!(await send(lines.join('\n')))) return;
      acknowledged += linesPerBody;
    }
  };
  const done = work();
  return {
    series,
    acknowledged: () => acknowledged,
    refusals,
    retries,
    async stop() {
      stopping = true;
      await done;
    },
  };
}
