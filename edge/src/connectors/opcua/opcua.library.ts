import { webcrypto } from 'node:crypto';
import { createRequire } from 'node:module';
import type * as Library from 'node-opcua';

/**
 * node-opcua, loaded without the self-test it runs when loaded: on Node 20 and 21 that makes an RSA key of 4096 bits
 * (one to three seconds of a core in every process) to decide about one warning, and nothing else.
 */
export const opcua: typeof Library = loadLibrary();

function loadLibrary(): typeof Library {
  const { subtle } = webcrypto;
  // The load is synchronous, so nobody else can meet the replaced function; the self-test waits for ever and is forgotten.
  Object.defineProperty(subtle, 'generateKey', {
    value: () => new Promise(() => undefined),
    configurable: true,
  });
  try {
    // As CommonJS, which it is: the detour over ES modules would parse every file of it twice.
    return createRequire(import.meta.url)('node-opcua');
  } finally {
    // Uncovers the prototype's own.
    Reflect.deleteProperty(subtle, 'generateKey');
  }
}
