/** All parts, and the one-shots between them. */
import { api } from './api.ts'
import { inference } from './inference.ts'
import { ingest } from './ingest.ts'
import { jobs } from './jobs.ts'
import { kafka } from './kafka.ts'
import { lake } from './lake.ts'
import { migrate, migrateOperational } from './migrate.ts'
import { operational } from './operational.ts'
import type { OneShot, Part } from './part.ts'
import { provision } from './provision.ts'
import { seed } from './seed.ts'
import { spark } from './spark.ts'
import { twin } from './twin.ts'
import { warehouse } from './warehouse.ts'

const ALL = { kafka, lake, warehouse, operational, ingest, spark, inference, api, twin, jobs } as const
export type PartName = keyof typeof ALL
export const PARTS = Object.keys(ALL) as PartName[]

export const partOf = (name: PartName): Part => ALL[name]

/** Parts that run only where they are asked for, with `--with`. */
export const OPTIONAL_PARTS = PARTS.filter((name) => partOf(name).optional)
export const USUAL_PARTS = PARTS.filter((name) => !partOf(name).optional)

/** What runs once at each start. */
const SHOTS = { provision, migrate, 'migrate-operational': migrateOperational, seed } as const
export type OneShotName = keyof typeof SHOTS
export const ONE_SHOTS = Object.keys(SHOTS) as OneShotName[]
export const oneShotOf = (name: OneShotName): OneShot => SHOTS[name]
