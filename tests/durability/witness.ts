import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { Batch, Sample } from '@ronghe/contracts';

/**
 * A proxy between collector and platform that remembers what the platform acknowledged, independently of both: the
 * samples of every batch whose 2xx answer passed through.
 */
export type Witness = {
  port: number;
  /** acknowledged samples by point key: time in ms → value */
  acknowledged: Map<string, Map<number, Sample[1]>>;
  /** milliseconds since the newest acknowledgement */
  quietMs(): number;
  batches(): number;
  stop(): Promise<void>;
};

export async function startWitness(targetPort: number): Promise<Witness> {
  const acknowledged: Witness['acknowledged'] = new Map();
  let newest = Date.now();
  let batches = 0;
  const remember = (body: Buffer, gzip: boolean) => {
    const batch = JSON.parse((gzip ? gunzipSync(body) : body).toString('utf8')) as Batch;
    newest = Date.now();
    batches += 1;
    for (const point of batch.points) {
      const samples = acknowledged.get(point.key) ?? new Map<number, Sample[1]>();
      acknowledged.set(point.key, samples);
      for (const [time, value] of point.samples) samples.set(time, value);
    }
  };
  const server: Server = createServer((incoming, answer) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      const options = {
        port: targetPort,
        host: '127.0.0.1',
        method: incoming.method,
        path: incoming.url,
        headers: incoming.headers,
      };
      const outgoing = request(options, (reply) => {
        const parts: Buffer[] = [];
        reply.on('data', (chunk: Buffer) => parts.push(chunk));
        reply.on('error', () => answer.destroy());
        reply.on('end', () => {
          const good = reply.statusCode === 200;
          if (good && incoming.url === '/api/ingest/batches')
            remember(body, incoming.headers['content-encoding'] === 'gzip');
          answer.writeHead(reply.statusCode ?? 502, reply.headers).end(Buffer.concat(parts));
        });
      });
      outgoing.on('error', () => answer.destroy());
      outgoing.end(body);
    });
    incoming.on('error', () => answer.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    acknowledged,
    quietMs: () => Date.now() - newest,
    batches: () => batches,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
