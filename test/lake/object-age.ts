/** Objects of SeaweedFS that are as old as a test wants, and its own pass over what has expired. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lakeCertificateVariables } from '@shelfcast/platform/state/lake-certificate'
import { layout } from '@shelfcast/platform/state/layout'
import type { Stack } from '@shelfcast/platform/supervisor/supervise'
import { createProgress } from '@shelfcast/platform/tools/progress'
import { prepareTools } from '@shelfcast/platform/tools/tools'
import { until } from '../stack/figures.ts'

const DAY_S = 86_400
/** Seconds within which an object must have been written for `ageObjects` to find its time. */
const WRITTEN_WITHIN_S = 600
/** Every part of SeaweedFS listens for gRPC so many ports above its own. */
const GRPC_OFFSET = 10_000
/** SeaweedFS divides the objects among so many lists. */
const SHARDS = '0-15'

/** Commands of SeaweedFS's own shell. @returns what it printed */
async function weedShell(stack: Stack, ...commands: string[]): Promise<string> {
  const { weed } = await prepareTools(createProgress(process.stderr))
  const { master, filer } = stack.ports.lake
  const { stdout, stderr, status } = spawnSync(
    weed,
    ['shell', `-master=127.0.0.1:${master}`, `-filer=127.0.0.1:${filer}`],
    {
      input: [...commands, 'exit', ''].join('\n'),
      encoding: 'utf8',
      timeout: 60_000,
      env: {
        PATH: process.env.PATH,
        ...lakeCertificateVariables(layout(stack.dataDir).lakeCertificate),
        WEED_JWT_SIGNING_KEY: stack.secrets.jwt_volume_write,
        WEED_JWT_SIGNING_READ_KEY: stack.secrets.jwt_volume_read,
        WEED_JWT_FILER_SIGNING_KEY: stack.secrets.jwt_filer_write,
        WEED_JWT_FILER_SIGNING_READ_KEY: stack.secrets.jwt_filer_read,
      },
    },
  )
  if (status !== 0 || /^error:/m.test(stdout + stderr))
    throw new Error(`weed shell ended with ${status}:\n${stdout}${stderr}`)
  return stdout
}

/**
 * Lets the store look now for what has expired, which it does by itself once a day, until something has happened: on a
 * busy machine a pass may end before it has read all that changed, and leaves that to the next one.
 */
export async function expireUntil(stack: Stack, happened: () => Promise<boolean>): Promise<void> {
  const s3 = `127.0.0.1:${stack.ports.lake.s3! + GRPC_OFFSET}`
  const pass = async () => {
    await weedShell(stack, `s3.lifecycle.run-shard -shards ${SHARDS} -s3 ${s3} -events 0 -runtime 50s`)
    return happened()
  }
  await until(pass, 'the object store to let go what has expired')
}

/**
 * Makes objects of a bucket older. The store has no request for that, so its metadata is saved, changed and loaded.
 * @param days by name of the object, inside its bucket
 */
export async function ageObjects(stack: Stack, bucket: string, days: Record<string, number>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'shelfcast-age-'))
  const [saved, aged] = [join(folder, 'saved.meta'), join(folder, 'aged.meta')]
  const save = `fs.meta.save -o ${saved} /buckets/${bucket}`
  try {
    await weedShell(stack, save)
    const entries = Object.entries(days).map(([name, age]) => older(readFileSync(saved), name, age))
    const records = entries.map(({ record }) => record)
    // The shell does not wait until the last entry is written: so that is one of those that are written already.
    writeFileSync(aged, Buffer.concat([...records, ...records, ...records]))
    const isLoaded = async () => {
      await weedShell(stack, `fs.meta.load -v=false ${aged}`, save)
      const now = readFileSync(saved)
      return entries.every(({ name, field }) => recordOf(now, name).includes(field))
    }
    await until(isLoaded, `objects of the bucket "${bucket}" to become older`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The saved entry of an object: its length in four bytes, and a protobuf message with its folder and its last name. */
function recordOf(saved: Buffer, name: string): Buffer {
  const [last, ...folders] = name.split('/').reverse()
  const parent = folders.reverse().join('/')
  for (let at = 0; at < saved.length; ) {
    const end = at + 4 + saved.readUInt32BE(at)
    const record = saved.subarray(at, end)
    if (record.includes(`/${parent}`) && record.includes(last!)) return Buffer.from(record)
    at = end
  }
  throw new Error(`SeaweedFS did not save an entry of the object "${name}".`)
}

/** The entry of an object with another time of change, and the field that says it. */
function older(saved: Buffer, name: string, days: number): { name: string; record: Buffer; field: Buffer } {
  const record = recordOf(saved, name)
  const now = Math.floor(Date.now() / 1_000)
  for (let second = now; second > now - WRITTEN_WITHIN_S; second--) {
    const at = record.indexOf(timeField(second))
    if (at === -1) continue
    // Times that are near each other are equally long.
    const field = timeField(second - days * DAY_S)
    field.copy(record, at)
    return { name, record, field }
  }
  throw new Error(`SeaweedFS saved no time of the last ${WRITTEN_WITHIN_S} s for the object "${name}".`)
}

/** The time of change is the second field of an entry's attributes: seconds since 1970. */
function timeField(seconds: number): Buffer {
  return Buffer.from([0x10, ...varint(seconds)])
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
}
