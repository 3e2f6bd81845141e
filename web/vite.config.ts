import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

/** Node modules in chunks that change at different times; react must outrank antd, which would otherwise swallow it. */
const CHUNK_GROUPS = [
  { name: 'react', test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/, priority: 40 },
  { name: 'echarts', test: /node_modules[\\/](echarts|zrender)[\\/]/, priority: 30 },
  { name: 'contracts', test: /(node_modules[\\/]zod[\\/]|[\\/]contracts[\\/]src[\\/])/, priority: 25 },
  {
    name: 'antd',
    test: /node_modules[\\/](antd|@ant-design|@rc-component)[\\/]/,
    // A page more must not move what only some pages need into the first load.
    minShareCount: 9,
    priority: 20,
  },
  // What nearly every page needs, in one piece instead of twenty small ones.
  {
    name: 'portal',
    test: /web[\\/]src[\\/](lib(?![\\/]echarts)|components(?![\\/]chart)|i18n(?![\\/]late)|app)[\\/]/,
    priority: 15,
  },
];

/** Where a platform runs while the portal is developed. */
const DEV_SERVER = process.env.RONGHE_DEV_SERVER ?? 'http://127.0.0.1:8080';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  test: {
    name: 'web',
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    testTimeout: 20_000,
    // the files of a worker share antd and React, which take seconds to read
    isolate: false,
  },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // Browsers of Chinese intranets: 奇安信可信 is Chrome 90, UOS is Chrome 93.
    target: ['chrome90', 'edge90', 'firefox90', 'safari15'],
    chunkSizeWarningLimit: 1200,
    // Without inlined assets every resource comes from 'self', as the content security policy asks.
    assetsInlineLimit: 0,
    rolldownOptions: { output: { codeSplitting: { groups: CHUNK_GROUPS } } },
  },
  server: { proxy: { '/api': DEV_SERVER, '/docs': DEV_SERVER } },
});
