import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { z } from 'zod';

const FILE_BYTES_MAX = 1_000_000;

const pemFile = z
  .string()
  .min(1)
  .max(1_000)
  .refine(isAbsolute, 'an absolute path, like /etc/ronghe/ca.pem')
  .meta({ localPath: true });

/** Protection of a connection to a broker; for `mqtts://` and `wss://`. */
export const MqttTlsConfig = z
  .strictObject({
    caFile: pemFile
      .optional()
      .describe(
        'PEM of who signed the broker’s certificate, or the self-signed certificate; those of Node otherwise',
      ),
    certificateFile: pemFile.optional().describe('PEM of our own certificate, when the broker asks for one'),
    keyFile: pemFile.optional().describe('PEM of its key, without a passphrase'),
    serverName: z
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe('name in the broker’s certificate, when the endpoint is an address or another name'),
  })
  .refine((tls) => (tls.certificateFile === undefined) === (tls.keyFile === undefined), {
    path: ['keyFile'],
    message: 'certificateFile and keyFile go together',
  });
export type MqttTlsConfig = z.infer<typeof MqttTlsConfig>;

/** TLS material as PEM; everything may be left out. */
export type MqttTls = {
  ca?: Buffer | undefined;
  certificate?: Buffer | undefined;
  key?: Buffer | undefined;
  serverName?: string | undefined;
};

/** Reads the files; at every connection anew, since certificates are renewed. Throws naming the file. */
export async function readMqttTls(config: MqttTlsConfig): Promise<MqttTls> {
  return {
    ca: await readPem(config.caFile),
    certificate: await readPem(config.certificateFile),
    key: await readPem(config.keyFile),
    serverName: config.serverName,
  };
}

async function readPem(path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  const bytes = await readFile(path).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Error(`${path} cannot be read: ${code}`);
  });
  if (bytes.length > FILE_BYTES_MAX) throw new Error(`${path} is larger than ${FILE_BYTES_MAX} bytes`);
  return bytes;
}
