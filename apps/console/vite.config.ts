import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const GATEWAY = process.env['GATEWAY_URL'] ?? 'http://127.0.0.1:3000';
const OUTPUT = join(import.meta.dirname, '../../dist/apps/console');

export default defineConfig({
  root: import.meta.dirname,
  server: { proxy: { '/api': GATEWAY } },
  plugins: [compressed()],
  build: {
    outDir: OUTPUT,
    emptyOutDir: true,
    // The content security policy allows files of our own only: nothing may become a data: URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // "use client" of React libraries says nothing to a page that runs on the client alone.
      onLog: (level, log, report) => log.code === 'MODULE_LEVEL_DIRECTIVE' || report(level, log),
    },
  },
});

/** Beside each text file its compressed forms, so that the gateway compresses nothing while it serves. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    async closeBundle() {
      const files = await readdir(OUTPUT, { recursive: true });
      for (const file of files.filter((name) => /\.(html|js|css|svg)$/.test(name))) {
        const content = await readFile(join(OUTPUT, file));
        await writeFile(join(OUTPUT, `${file}.gz`), await promisify(gzip)(content, { level: 9 }));
        await writeFile(join(OUTPUT, `${file}.br`), await promisify(brotliCompress)(content));
      }
    },
  };
}
