import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/**
 * Sets light or dark before the first paint. It must be a classic, blocking script, and the Content-Security-Policy
 * allows none inline, so it becomes a small hashed file of its own.
 */
function schemeScript(): Plugin {
  const source = readFileSync(new URL('src/app/scheme.js', import.meta.url), 'utf8');
  const fileName = `assets/scheme-${createHash('sha256').update(source).digest('hex').slice(0, 8)}.js`;
  let building = false;
  return {
    name: 'postern-scheme-script',
    configResolved(config) {
      building = config.command === 'build';
    },
    buildStart() {
      if (building) this.emitFile({ type: 'asset', fileName, source });
    },
    transformIndexHtml(_html, { path }) {
      if (path !== '/index.html') return [];
      const src = building ? `/${fileName}` : '/src/app/scheme.js';
      return [{ tag: 'script', attrs: { src }, injectTo: 'head-prepend' }];
    },
  };
}

const server = process.env.POSTERN_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), schemeScript()],
  server: {
    proxy: { '/api': { target: server, changeOrigin: true, secure: false } },
  },
  build: {
    target: 'es2022',
    // Without data: addresses the page needs no exception in the Content-Security-Policy.
    assetsInlineLimit: 0,
    manifest: true,
    reportCompressedSize: false,
    rollupOptions: {
      input: ['index.html', 'api/docs/index.html'],
      output: {
        // What changes with our own code stays apart from what changes with a new version of a library.
        manualChunks: (id) =>
          /node_modules\/(react|react-dom|scheduler|wouter|use-sync-external-store|@tanstack\/(react-)?query[^/]*)\//.test(id) ? 'react' : undefined,
      },
    },
  },
});
