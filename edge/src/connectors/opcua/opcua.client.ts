import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { OPCUAClient as Client, ClientSession, UserIdentityInfo } from 'node-opcua-client';
import { type Clock, type Moment, momentOf } from '../../clock.ts';
import type { Log } from '../../log.ts';
import { hostAndPort } from '../../polling.ts';
import { openSocket } from '../../tcp-socket.ts';
import { faultOf, OpcuaFault, within } from './opcua.calls.ts';
import type { OpcuaConfig } from './opcua.config.ts';
import { opcua } from './opcua.library.ts';

const {
  makeReverseClientTransportFactory,
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
const DEFAULT_PORT = 4840;
const CONNECT_MS_MAX = 30_000;
const GOODBYE_MS_MAX = 1_000;
const DISCONNECT_MS_MAX = 2_000;

/** A secure channel to the server; sessions come and go on it, and may outlive it. */
export type Channel = {
  client: Client;
  /** IP address of the server, while it is known. */
  address(): string | undefined;
  /** When the last bytes came, whatever they were. */
  heardAt(): Moment;
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
  options: { config: OpcuaConfig; folder: string; log: Log; clock: Clock },
  seen: (channel: Channel) => void,
): Promise<Channel> {
  const { config, clock } = options;
  const certificates = new OPCUACertificateManager({
    rootFolder: join(options.folder, 'pki'),
    automaticallyAcceptUnknownCertificate: config.security.acceptUnknownServer,
  });
  const leaving = new AbortController();
  const client = createClient({ ...options, certificates, signal: leaving.signal });
  let heardAt = momentOf(clock);
  let lost: OpcuaFault | null = null;
  const lose = (error?: unknown): void => {
    lost ??= new OpcuaFault('BadConnectionClosed', 'the connection was lost', { cause: error });
  };
  client.on('receive_chunk', () => {
    heardAt = momentOf(clock);
  });
  client.on('connection_lost', () => lose());
  client.on('close', lose);
  const channel: Channel = {
    client,
    address: () => addressOf(client),
    heardAt: () => heardAt,
    lost: () => lost,
    async close() {
      await brief(client.disconnect());
      leaving.abort();
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
  heardAt = momentOf(clock);
  return channel;
}

/** The library shows its socket to nobody; where it keeps it elsewhere one day, nothing is known. */
function addressOf(client: unknown): string | undefined {
  type Hidden = {
    _secureChannel?: { getTransport?(): { _socket?: { remoteAddress?: string } } | undefined };
  };
  const address = (client as Hidden)._secureChannel?.getTransport?.()?._socket?.remoteAddress;
  return typeof address === 'string' ? address : undefined;
}

const brief = (work: Promise<unknown>): Promise<unknown> =>
  within(work, DISCONNECT_MS_MAX, 'disconnecting took too long').catch(() => undefined);

type Certificates = InstanceType<typeof OPCUACertificateManager>;

function createClient(options: {
  config: OpcuaConfig;
  certificates: Certificates;
  log: Log;
  signal: AbortSignal;
}): Client {
  const { config, certificates, log, signal } = options;
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
    ...(isIpv6Literal(config.endpoint) ? { transportFactory: ipv6Transports(config, signal) } : {}),
  });
}

const isIpv6Literal = (endpoint: string): boolean => endpoint.startsWith('opc.tcp://[');

/** The library looks an IPv6 address up as if it were a name, brackets and all; for those it is given an open socket. */
function ipv6Transports(config: OpcuaConfig, signal: AbortSignal) {
  const { host, port } = hostAndPort(config.endpoint.replace(/^opc\./, ''), DEFAULT_PORT);
  return makeReverseClientTransportFactory(async () => {
    const timeoutMs = Math.min(CONNECT_MS_MAX, 2 * config.timeoutMs);
    const { socket } = await openSocket({ host, port, peer: 'the server', timeoutMs, signal });
    return { socket, endpointUrl: config.endpoint, serverUri: '' };
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
