/** A folder on a disk of its own that can be full: a file system in memory whose size is changed while it is in use. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'

export interface SmallDisk {
  /** Leaves so many KiB of room, or slightly more where others write meanwhile. */
  fill(leftKib: number): void
  free(): void
  unmount(): void
}

const KIB = 1_024
// More than the campaign writes; what is not used takes no memory.
const ROOM_KIB = 4 * KIB * KIB

/** @returns undefined where file systems may not be mounted: then the folder stays on the disk that it is on */
export function mountSmallDisk(folder: string): SmallDisk | undefined {
  mkdirSync(folder, { recursive: true })
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined
  const mount = (options: string) =>
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'pipe' })
  try {
    mount(`size=${ROOM_KIB}k,mode=0700`)
  } catch {
    // A container without the right to mount.
    return undefined
  }
  const resize = (kib: number) => mount(`remount,size=${kib}k`)
  return {
    fill(leftKib) {
      for (let attempt = 1; ; attempt++) {
        const { blocks, bfree, bsize } = statfsSync(folder)
        try {
          // Less than is in use is refused, and others go on writing between the question and this.
          resize(Math.ceil(((blocks - bfree) * bsize) / KIB) + leftKib + 4 * attempt)
          return
        } catch (error) {
          if (attempt === 100) throw error
        }
      }
    },
    free: () => resize(ROOM_KIB),
    unmount: () => unmount(folder),
  }
}

function unmount(folder: string): void {
  execFileSync('umount', ['--lazy', folder], { stdio: 'pipe' })
}

/** Unmounts small disks below folders of this beginning that nobody needs any more. @returns those folders */
export function unmountLeftovers(beginning: string, isNeeded: (folder: string) => boolean): string[] {
  if (process.platform !== 'linux') return []
  const disks = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((disk) => disk.startsWith(beginning) && !isNeeded(dirname(disk)))
  for (const disk of disks) unmount(disk)
  return [...new Set(disks.map((disk) => dirname(disk)))]
}
