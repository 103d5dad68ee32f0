/** Object store client. Every object of the platform is read and written through it. */
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Socket } from 'node:net'
import type { Zone } from '@shelfcast/contracts/lake'
import { Client } from 'minio'
import type { Static } from 'typebox'
import type { LakeEnvironment } from './environment.ts'

export interface StoredObject {
  name: string
  size: number
  etag: string
  /** When it was written. */
  modified: Date
}

/** The lake, zone by zone. Names are inside the zone's bucket. */
export interface Lake {
  client: Client
  bucket(zone: Zone): string
  /** Writes the object only where none has this name. @returns false when another writer was first */
  create(zone: Zone, name: string, body: Uint8Array, metadata?: Record<string, string>): Promise<boolean>
  /** Writes the object, replacing what was there. */
  put(zone: Zone, name: string, body: Uint8Array): Promise<void>
  read(zone: Zone, name: string): Promise<Buffer>
  /** User metadata with lower-case names, or undefined when there is no such object. */
  metadata(zone: Zone, name: string): Promise<Record<string, string> | undefined>
  /** Objects whose names begin with the prefix and sort after `after`, in the order of their names. */
  list(zone: Zone, prefix: string, after?: string): AsyncIterable<StoredObject>
}

// A store that took a request and never answers, as behind a router that has forgotten the connection, would hold its
// caller for ever.
const SILENCE_LIMIT_MS = 60_000
// The store waits for open connections before it stops.
const IDLE_LIMIT_MS = 5_000

/** @param silenceLimitMs how long a connection may say nothing while it is asked; then the request fails */
export function createLake(
  environment: Static<typeof LakeEnvironment>,
  silenceLimitMs = SILENCE_LIMIT_MS,
): Lake {
  const url = new URL(environment.S3_ENDPOINT)
  const isSecure = url.protocol === 'https:'
  const client = new Client({
    endPoint: url.hostname,
    port: url.port ? Number(url.port) : isSecure ? 443 : 80,
    useSSL: isSecure,
    transportAgent: impatientAgent(isSecure, silenceLimitMs),
    accessKey: environment.S3_ACCESS_KEY,
    secretKey: environment.S3_SECRET_KEY,
    region: environment.S3_REGION,
    pathStyle: true,
  })
  const buckets: Record<Zone, string> = {
    raw: environment.S3_BUCKET_RAW,
    curated: environment.S3_BUCKET_CURATED,
    features: environment.S3_BUCKET_FEATURES,
    truth: environment.S3_BUCKET_TRUTH,
  }

  return {
    client,
    bucket: (zone) => buckets[zone],
    async create(zone, name, body, metadata = {}) {
      try {
        await client.putObject(
          buckets[zone],
          name,
          Buffer.from(body.buffer, body.byteOffset, body.byteLength),
          body.byteLength,
          {
            ...metadata,
            'If-None-Match': '*',
          },
        )
        return true
      } catch (error) {
        if (codeOf(error) === 'PreconditionFailed') return false
        throw error
      }
    },
    async put(zone, name, body) {
      await client.putObject(
        buckets[zone],
        name,
        Buffer.from(body.buffer, body.byteOffset, body.byteLength),
        body.byteLength,
      )
    },
    async read(zone, name) {
      const chunks: Buffer[] = []
      for await (const chunk of await client.getObject(buckets[zone], name)) chunks.push(chunk as Buffer)
      return Buffer.concat(chunks)
    },
    async metadata(zone, name) {
      try {
        return (await client.statObject(buckets[zone], name)).metaData as Record<string, string>
      } catch (error) {
        if (['NotFound', 'NoSuchKey'].includes(codeOf(error) ?? '')) return undefined
        throw error
      }
    },
    async *list(zone, prefix, after = '') {
      for await (const item of client.listObjectsV2(buckets[zone], prefix, true, after)) {
        if (item.name)
          yield { name: item.name, size: item.size, etag: item.etag, modified: item.lastModified }
      }
    },
  }
}

/** Ends connections that have said nothing for so long while they are asked, and sooner when nobody asks. */
function impatientAgent(isSecure: boolean, silenceLimitMs: number): HttpAgent {
  const agent = isSecure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  const { createConnection, keepSocketAlive, reuseSocket } = agent
  agent.createConnection = (options, done) => {
    const socket = createConnection.call(agent, options, done) as Socket
    const fault = `The object store has said nothing for ${silenceLimitMs / 1_000} s.`
    return socket.setTimeout(silenceLimitMs).on('timeout', () => socket.destroy(new Error(fault)))
  }
  agent.keepSocketAlive = (socket) => {
    const isKept = keepSocketAlive.call(agent, socket)
    ;(socket as Socket).setTimeout(IDLE_LIMIT_MS)
    return isKept
  }
  agent.reuseSocket = (socket, request) => {
    reuseSocket.call(agent, socket, request)
    ;(socket as Socket).setTimeout(silenceLimitMs)
  }
  return agent
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
