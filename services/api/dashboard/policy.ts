/** Content security policy: what a page that we serve may do. */
import { createHash } from 'node:crypto'

/**
 * Style that SvelteKit's route announcer carries in its HTML, on every page. Taken from
 * @sveltejs/kit/src/runtime/components/root.svelte; a test holds it to the installed version.
 */
export const ANNOUNCER_STYLE =
  'position: absolute; left: 0; top: 0; clip: rect(0 0 0 0); clip-path: inset(50%); overflow: hidden; white-space: nowrap; width: 1px; height: 1px'

/** @param html the page; its inline scripts, and no others, are allowed */
export function contentSecurityPolicy(html = ''): string {
  const scripts = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)].map((match) =>
    hash(match[1]!),
  )
  return Object.entries({
    'default-src': ["'self'"],
    'script-src': ["'self'", ...scripts],
    'style-src': ["'self'"],
    'style-src-attr': ["'unsafe-hashes'", hash(ANNOUNCER_STYLE)],
    'img-src': ["'self'", 'data:'],
    'object-src': ["'none'"],
    'base-uri': ["'none'"],
    'form-action': ["'none'"],
    'frame-ancestors': ["'none'"],
  })
    .map(([name, values]) => `${name} ${values.join(' ')}`)
    .join('; ')
}

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
