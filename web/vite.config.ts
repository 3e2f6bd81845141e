import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Node modules in chunks that change at different times; react must outrank antd, which would otherwise swallow it. */
const CHUNK_GROUPS = [
  { name: 'react', test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/, priority: 40 },
  { name: 'echarts', test: /node_modules[\\/](echarts|zrender)[\\/]/, priority: 30 },
  { name: 'contracts', test: /(node_modules[\\/]zod[\\/]|[\\/]contracts[\\/]src[\\/])/, priority: 25 },
];

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
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
  server: { proxy: { '/api': 'http://127.0.0.1:8080', '/docs': 'http://127.0.0.1:8080' } },
});
