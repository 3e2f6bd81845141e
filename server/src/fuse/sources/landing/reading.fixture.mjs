import process from 'node:process';

// A reader that goes wrong in the way its file is called, for tests of the limits it is held to.
process.once('disconnect', () => process.exit(1));
const held = [];
const WAYS = {
  // a library that counts without end: no timer of this process runs any more
  spins() {
    for (;;) held.length = 0;
  },
  // waits for something that never comes
  waits() {},
  heap() {
    for (;;) held.push(Array.from({ length: 1_000 }, (_, at) => `${at} ${held.length}`));
  },
  buffers() {
    for (;;) held.push(Buffer.alloc(50_000_000, 1));
  },
  ends() {
    process.exit(3);
  },
  good() {
    const look = {
      columns: [String(process.pid)],
      rows: [],
      profile: {},
      whole: true,
      options: {},
      sheets: [],
    };
    process.send({ kind: 'looked', look });
  },
};
process.on('message', ({ file, request }) =>
  process.send({ kind: 'begun' }, () => WAYS[file?.name ?? request.files[0].name]()),
);
