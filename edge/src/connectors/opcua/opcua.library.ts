import { webcrypto } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { OPCUACertificateManager } from 'node-opcua-certificate-manager';
import type * as Client from 'node-opcua-client';

/** Transports that take over a socket which is open already. */
type AdoptingTransports = (
  next: () => Promise<{ socket: Socket; endpointUrl: string; serverUri: string }>,
) => NonNullable<Client.OPCUAClientOptions['transportFactory']>;
type Library = typeof Client & {
  OPCUACertificateManager: typeof OPCUACertificateManager;
  makeReverseClientTransportFactory: AdoptingTransports;
};

/**
 * The client half of node-opcua (the whole takes twice the time to load), loaded without the self-test it runs when
 * loaded: on Node 20 and 21 that makes an RSA key of 4096 bits (one to three seconds of a core in every process) to
 * decide about one warning, and nothing else.
 */
export const opcua: Library = loadLibrary();

function loadLibrary(): Library {
  const { subtle } = webcrypto;
  // The load is synchronous, so nobody else can meet the replaced function; the self-test waits for ever and is forgotten.
  Object.defineProperty(subtle, 'generateKey', {
    value: () => new Promise(() => undefined),
    configurable: true,
  });
  try {
    // As CommonJS, which it is: the detour over ES modules would parse every file of it twice.
    const load = createRequire(import.meta.url);
    const { OPCUACertificateManager } = load('node-opcua-certificate-manager');
    // Inherited, not copied: copying would load every part that the library loads only when asked for.
    const client = load('node-opcua-client');
    // A part of the client half that it does not hand on.
    const loadPart = createRequire(load.resolve('node-opcua-client'));
    const { makeReverseClientTransportFactory } = loadPart('node-opcua-transport');
    const more = { OPCUACertificateManager, makeReverseClientTransportFactory };
    return Object.assign(Object.create(client), more);
  } finally {
    // Uncovers the prototype's own.
    Reflect.deleteProperty(subtle, 'generateKey');
  }
}
