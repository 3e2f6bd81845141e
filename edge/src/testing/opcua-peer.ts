import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DataType,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAServer,
  SecurityPolicy,
  type StatusCode,
  StatusCodes,
  type UAVariable,
  Variant,
  VariantArrayType,
} from 'node-opcua';
import { freePort } from './tcp-proxy.ts';

/** A real OPC UA server with a few variables in namespace 1, for tests. */
export type OpcuaPeer = {
  port: number;
  /** Sets `ns=1;s=<name>`, adding the variable when it is new. */
  set(name: string, value: unknown, options?: { status?: StatusCode; time?: Date; type?: DataType }): void;
  stop(): Promise<void>;
};

/** Users: `operator` with password `secret`, and anonymous. Security None and Basic256Sha256. */
export async function startOpcuaPeer(options: { port?: number } = {}): Promise<OpcuaPeer> {
  const folder = await mkdtemp(join(tmpdir(), 'ronghe-opcua-peer-'));
  const port = options.port ?? (await freePort());
  const server = new OPCUAServer({
    port,
    hostname: '127.0.0.1',
    serverCertificateManager: new OPCUACertificateManager({
      rootFolder: join(folder, 'pki'),
      automaticallyAcceptUnknownCertificate: true,
    }),
    userCertificateManager: new OPCUACertificateManager({ rootFolder: join(folder, 'users') }),
    securityModes: [MessageSecurityMode.None, MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt],
    securityPolicies: [SecurityPolicy.None, SecurityPolicy.Basic256Sha256],
    userManager: {
      isValidUser: (name: string, password: string) => name === 'operator' && password === 'secret',
    },
  });
  await server.initialize();
  const space = server.engine.addressSpace;
  if (space === null) throw new Error('the server has no address space');
  const namespace = space.getOwnNamespace();
  const machine = namespace.addObject({ organizedBy: space.rootFolder.objects, browseName: 'Machine' });
  const variables = new Map<string, UAVariable>();
  const peer: OpcuaPeer = {
    port,
    set(name, value, { status = StatusCodes.Good, time = new Date(), type = DataType.Double } = {}) {
      let variable = variables.get(name);
      if (variable === undefined) {
        variable = namespace.addVariable({
          componentOf: machine,
          browseName: name,
          nodeId: `s=${name}`,
          dataType: type,
          minimumSamplingInterval: 20,
        });
        variables.set(name, variable);
      }
      variable.setValueFromSource(
        new Variant({ dataType: type, arrayType: VariantArrayType.Scalar, value }),
        status,
        time,
      );
    },
    async stop() {
      await server.shutdown(0);
      server.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return peer;
}

export { DataType, StatusCodes };
