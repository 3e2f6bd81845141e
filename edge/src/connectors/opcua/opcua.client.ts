import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { OPCUAClient as Client, ClientSession, UserIdentityInfo } from 'node-opcua-client';
import type { Log } from '../../log.ts';
import { faultOf, OpcuaFault, within } from './opcua.calls.ts';
import type { OpcuaConfig } from './opcua.config.ts';
import { opcua } from './opcua.library.ts';

const {
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAClient,
  SecurityPolicy,
  setErrorLogger,
  setWarningLogger,
  UserTokenType,
} = opcua;

/** How long a server keeps a session that says nothing: a broken channel can be replaced within this time. */
export const SESSION_TIMEOUT_MS = 60_000;
const CONNECT_MS_MAX = 30_000;
const GOODBYE_MS_MAX = 1_000;
const DISCONNECT_MS_MAX = 2_000;

/** A secure channel to the server; sessions come and go on it, and may outlive it. */
export type Channel = {
  client: Client;
  /** When the last bytes came, whatever they were. */
  heardAtMs(): number;
  /** Why it is gone, or null while it is open. */
  lost(): OpcuaFault | null;
  /** Closes it; sessions on it stay at the server until their time is over. Never rejects. */
  close(): Promise<void>;
};

/**
 * Opens a channel. Certificates live in the folder. The library repairs nothing by itself: what is tried after a loss
 * is decided, and counted, here. Throws OpcuaFault. `seen` gets the channel before it is open, to break off the attempt.
 */
export async function openChannel(
  options: { config: OpcuaConfig; folder: string; log: Log },
  seen: (channel: Channel) => void,
): Promise<Channel> {
  const { config } = options;
  const certificates = new OPCUACertificateManager({
    rootFolder: join(options.folder, 'pki'),
    automaticallyAcceptUnknownCertificate: config.security.acceptUnknownServer,
  });
  const client = createClient(config, certificates, options.log);
  let heardAtMs = Date.now();
  let lost: OpcuaFault | null = null;
  const lose = (error?: unknown): void => {
    lost ??= new OpcuaFault('BadConnectionClosed', 'the connection was lost', { cause: error });
  };
  client.on('receive_chunk', () => {
    heardAtMs = Date.now();
  });
  client.on('connection_lost', () => lose());
  client.on('close', lose);
  const channel: Channel = {
    client,
    heardAtMs: () => heardAtMs,
    lost: () => lost,
    async close() {
      await brief(client.disconnect());
      // A client that never connected does not let go of it, and the library keeps all of them for ever.
      certificates.referenceCounter = 0;
      await brief(certificates.dispose());
    },
  };
  seen(channel);
  try {
    await within(client.connect(config.endpoint), CONNECT_MS_MAX, 'connecting took too long');
  } catch (error) {
    throw faultOf(error);
  }
  heardAtMs = Date.now();
  return channel;
}

const brief = (work: Promise<unknown>): Promise<unknown> =>
  within(work, DISCONNECT_MS_MAX, 'disconnecting took too long').catch(() => undefined);

type Certificates = InstanceType<typeof OPCUACertificateManager>;

function createClient(config: OpcuaConfig, certificates: Certificates, log: Log): Client {
  // The library would write to the console, which belongs to the process.
  setWarningLogger((...parts: unknown[]) =>
    log.debug({ library: parts.map(String).join(' ') }, 'node-opcua warns'),
  );
  setErrorLogger((...parts: unknown[]) =>
    log.debug({ library: parts.map(String).join(' ') }, 'node-opcua fails'),
  );
  return OPCUAClient.create({
    applicationName: `ronghe-edge-${config.name}`,
    clientName: `ronghe-edge-${config.name}`,
    clientCertificateManager: certificates,
    connectionStrategy: { maxRetry: 0, initialDelay: 500, maxDelay: 5_000 },
    endpointMustExist: false,
    // A dead link is noticed by our own watch, which tells a silent subscription from a silent network.
    keepSessionAlive: false,
    keepPendingSessionsOnDisconnect: true,
    requestedSessionTimeout: SESSION_TIMEOUT_MS,
    // Later than our own watch, which tells a frozen link from a cut one.
    transportTimeout: 2 * config.timeoutMs,
    defaultTransactionTimeout: 2 * config.timeoutMs,
    securityMode: MessageSecurityMode[config.security.mode],
    securityPolicy: SecurityPolicy[config.security.policy],
  });
}

/** Makes a new session: anonymous, by name or by certificate. Throws OpcuaFault. */
export async function openSession(
  channel: Channel,
  config: OpcuaConfig,
  folder: string,
): Promise<ClientSession> {
  try {
    const identity = await identityOf(config, folder);
    return await within(channel.client.createSession(identity), CONNECT_MS_MAX, 'signing in took too long');
  } catch (error) {
    throw faultOf(error);
  }
}

/**
 * Moves a session to a new channel (ActivateSession, OPC 10000-4, 6.7): its subscriptions go on with what they have
 * queued. Throws OpcuaFault when the server has forgotten it, or does not let it move.
 */
export async function moveSession(channel: Channel, session: ClientSession): Promise<void> {
  try {
    await within(
      channel.client.reactivateSession(session),
      CONNECT_MS_MAX,
      'activating the session took too long',
    );
  } catch (error) {
    throw faultOf(error);
  }
}

/** Says goodbye to a session so that the server frees it at once; an unreachable server frees it later. Never rejects. */
export const closeSession = (session: ClientSession): Promise<void> =>
  within(session.close(true), GOODBYE_MS_MAX, 'closing the session took too long').catch(() => undefined);

async function identityOf({ security }: OpcuaConfig, folder: string): Promise<UserIdentityInfo> {
  const { username, password, certificateFile, privateKeyFile, privateKeyPassphrase } = security;
  if (username !== undefined)
    return { type: UserTokenType.UserName, userName: username, password: password ?? '' };
  if (certificateFile === undefined || privateKeyFile === undefined) return { type: UserTokenType.Anonymous };
  // Read at every sign-in, so that renewed files count without a restart.
  const [certificate, key] = await Promise.all([
    readFile(resolve(folder, certificateFile)),
    readFile(resolve(folder, privateKeyFile), 'utf8'),
  ]);
  return {
    type: UserTokenType.Certificate,
    certificateData: new X509Certificate(certificate).raw,
    privateKey: privateKeyPassphrase === undefined ? key : decrypted(key, privateKeyPassphrase),
  };
}

/** The library takes private keys without a passphrase only. */
function decrypted(key: string, passphrase: string): string {
  return createPrivateKey({ key, passphrase }).export({ type: 'pkcs8', format: 'pem' }).toString();
}
