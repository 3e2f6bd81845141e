// Devices for the benchmark, each behind its real protocol, in one process: Modbus TCP, OPC UA, and machines that publish
// JSON to a broker. Cheap on purpose: they share the machine with what is measured. Prints one line of JSON when they are
// up; on a line of standard input it stops changing values and prints how many changes there were.
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { Aedes } from 'aedes';
import mqtt from 'mqtt';
import { DataType, OPCUAServer, StatusCodes, Variant } from 'node-opcua';

const [devices, variables, topics, fields, everyMs] = process.argv.slice(2).map(Number);
const MBAP_BYTES = 6;
const REQUEST_BYTES = 12;

const listening = (server) =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));

/** A device whose registers are other numbers at every read. */
function modbusDevice() {
  let reads = 0;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.setNoDelay(true);
    let waiting = Buffer.alloc(0);
    socket.on('data', (data) => {
      waiting = Buffer.concat([waiting, data]);
      for (; waiting.length >= REQUEST_BYTES; waiting = waiting.subarray(REQUEST_BYTES)) {
        const count = waiting.readUInt16BE(10);
        const answer = Buffer.alloc(MBAP_BYTES + 3 + 2 * count);
        waiting.copy(answer, 0, 0, 4);
        answer.writeUInt16BE(3 + 2 * count, 4);
        answer[6] = waiting[6];
        answer[7] = waiting[7];
        answer[8] = 2 * count;
        reads += 1;
        for (let at = 0; at < count; at += 1) answer.writeUInt16BE((reads + at) & 0xffff, 9 + 2 * at);
        socket.write(answer);
      }
    });
  });
  return listening(server);
}

async function opcuaServer() {
  const port = await (async () => {
    const server = createServer();
    const free = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    return free;
  })();
  const server = new OPCUAServer({ port, hostname: '127.0.0.1' });
  await server.initialize();
  const namespace = server.engine.addressSpace.getOwnNamespace();
  const folder = namespace.addObject({
    organizedBy: server.engine.addressSpace.rootFolder.objects,
    browseName: 'Hall',
  });
  const nodes = Array.from({ length: variables }, (_, at) =>
    namespace.addVariable({
      componentOf: folder,
      browseName: `v${at}`,
      nodeId: `s=v${at}`,
      dataType: DataType.Double,
      minimumSamplingInterval: 10,
    }),
  );
  await server.start();
  return { port, nodes };
}

async function broker() {
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle);
  const port = await listening(server);
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`);
  return { port, client };
}

const modbus = await Promise.all(Array.from({ length: devices }, modbusDevice));
const { port: opcua, nodes } = await opcuaServer();
const { port: mqttPort, client } = await broker();
const produced = { opcua: 0, mqtt: 0 };
let round = 0;
let timer;
const change = () => {
  round += 1;
  const now = new Date();
  for (const [at, node] of nodes.entries()) {
    const value = new Variant({ dataType: DataType.Double, value: round + at / 1000 });
    node.setValueFromSource(value, StatusCodes.Good, now);
  }
  produced.opcua += nodes.length;
  for (let topic = 0; topic < topics; topic += 1) {
    const values = Object.fromEntries(
      Array.from({ length: fields }, (_, field) => [`f${field}`, round + field / 100]),
    );
    client.publish(`hall/m${topic}`, JSON.stringify({ time: now.getTime(), ...values }), { qos: 1 });
  }
  produced.mqtt += topics * fields;
};
process.stdout.write(`${JSON.stringify({ modbus, opcua, mqtt: mqttPort })}\n`);
createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'change') timer = setInterval(change, everyMs);
  if (line === 'stop') {
    clearInterval(timer);
    process.stdout.write(`${JSON.stringify(produced)}\n`);
  }
});
