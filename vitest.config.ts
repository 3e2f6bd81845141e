import { defineConfig } from 'vitest/config';

/** Installs programs of others, so it is only run when asked for. */
const REAL_PEERS = [
  'server/src/fuse/sources/real-peers.test.ts',
  'server/src/share/contracts/real-peers.test.ts',
];
const engines = './server/src/platform/testing/global-setup.ts';
const node = { environment: 'node' as const, pool: 'forks' as const };
/** Files of a worker share what they import: reading it again took longer than many a test. */
const shared = { ...node, isolate: false };

// What takes from minutes to a night: asked for by name only, `npm run test:long`.
const long = {
  test: {
    ...node,
    name: 'long',
    include: [
      'tests/long/**/*.test.ts',
      ...REAL_PEERS,
      'tests/durability/kill.test.ts',
      // short in `npm test`: a few kills, a tenth of the rubbish
      'server/src/platform/db/engines-killed.test.ts',
      'server/src/ingest/killed-server.test.ts',
      'server/src/fuse/standards/fuzz.test.ts',
    ],
    env: {
      LONG_KILLS: process.env.LONG_KILLS ?? '200',
      LONG_KILLS_OF: 'edge',
      RONGHE_KILL_ROUNDS: process.env.RONGHE_KILL_ROUNDS ?? '10',
    },
    globalSetup: [engines],
    fileParallelism: false,
    hookTimeout: 120_000,
  },
};

// Projects by what they need: pure and engine tests of each process, guards, journeys and the browser.
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      { test: { ...shared, name: 'contracts', include: ['contracts/src/**/*.test.ts'] } },
      {
        test: {
          ...shared,
          name: 'server',
          include: ['server/src/**/*.test.ts'],
          exclude: REAL_PEERS,
          globalSetup: [engines],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...node,
          name: 'edge',
          include: ['edge/src/**/*.test.ts'],
          // The sentences of the connectors' contract mostly wait, each with a peer of its own.
          maxConcurrency: 3,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...node,
          name: 'demo',
          include: ['demo/src/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...node,
          name: 'cli',
          include: ['cli/src/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      './web/vite.config.ts',
      { test: { ...node, name: 'tidy', include: ['tests/tidy/**/*.test.ts'] } },
      {
        test: {
          ...node,
          name: 'guards',
          include: ['tests/guards/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          ...node,
          name: 'between',
          include: ['tests/collect/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          ...node,
          name: 'durability',
          include: ['tests/durability/**/*.test.ts'],
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          ...node,
          name: 'attack',
          include: ['tests/attack/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          ...node,
          name: 'peers',
          include: ['tests/ingest/**/*.test.ts'],
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          ...node,
          name: 'journeys',
          include: ['tests/journeys/**/*.test.ts', 'tests/browser/**/*.test.ts'],
          globalSetup: ['./tests/journeys/demo.setup.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      ...(process.env.LONG_TESTS === '1' ? [long] : []),
    ],
  },
});
