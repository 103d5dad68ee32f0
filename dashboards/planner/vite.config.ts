import adapter from '@sveltejs/adapter-static'
import { sveltekit } from '@sveltejs/kit/vite'
import tailwindcss from '@tailwindcss/vite'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [
    tailwindcss(),
    sveltekit({
      // Every page is drawn in the browser, so the one fallback document serves every path.
      adapter: adapter({ fallback: '200.html', precompress: true }),
      // Forty files that name each other, one after the other, keep a reader waiting longer than one that has them all.
      output: { bundleStrategy: 'single' },
    }),
  ],
  // `npm run dev` draws the pages of a running stack.
  server: {
    host: '127.0.0.1',
    proxy: { '/api': { target: process.env.API_URL ?? 'http://127.0.0.1:8080', ws: true } },
  },
})
