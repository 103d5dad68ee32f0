/** Lifecycle rules of the object store, so that it lets objects go by itself: SeaweedFS, MinIO and S3 once a day. */
import { ZONES, type Zone } from '@shelfcast/contracts/lake'
import type { Retention } from '@shelfcast/contracts/retention'
import type { Lake } from './lake.ts'
import type { Logger } from './log.ts'

/** One rule of a bucket. Either objects expire so many days after they were written, or unfinished uploads end. */
interface BucketRule {
  id: string
  prefix: string
  tag?: { key: string; value: string } | undefined
  expireDays?: number | undefined
  abortDays?: number | undefined
}

/**
 * Gives each zone's bucket the rules of the retention, where they are not its rules yet. Rules that somebody else made
 * are replaced.
 * @returns zones whose rules were changed
 */
export async function applyLifecycle(lake: Lake, retention: Retention, log: Logger): Promise<Zone[]> {
  const zones: Zone[] = []
  for (const zone of ZONES) {
    const expected = rulesOf(zone, retention)
    const actual = await rulesIn(lake, zone)
    // MinIO refuses a rule for unfinished uploads alone, and ends them after a day without one.
    const without = expected.filter(({ abortDays }) => abortDays === undefined)
    if (isSame(actual, expected)) continue
    try {
      await setRules(lake, zone, expected)
    } catch (error) {
      if (!isRefusal(error)) throw error
      if (isSame(actual, without)) continue
      await setRules(lake, zone, without)
    }
    zones.push(zone)
    log.info({ zone, rules: expected.map(({ id }) => id) }, 'lifecycle rules changed')
  }
  return zones
}

/** Whether the objects of a zone expire as the retention says. */
export async function expiresAsSaid(lake: Lake, zone: Zone, retention: Retention): Promise<boolean> {
  const expiring = (rules: readonly BucketRule[]) => rules.filter(({ abortDays }) => abortDays === undefined)
  return isSame(expiring(await rulesIn(lake, zone)), expiring(rulesOf(zone, retention)))
}

function rulesOf(zone: Zone, retention: Retention): BucketRule[] {
  const expiring = Object.entries(retention.lake).flatMap(([name, { zone: of, days, prefixes, tag }]) =>
    of !== zone || days === null
      ? []
      : prefixes.map((prefix) => ({
          id: `${name}-${prefix.replace(/\/$/, '') || 'all'}`,
          prefix,
          tag,
          expireDays: days,
        })),
  )
  const { days } = retention.unfinished_uploads
  return [...expiring, ...(days === null ? [] : [{ id: 'unfinished-uploads', prefix: '', abortDays: days }])]
}

/** As the minio client writes a rule, and as it reads one: single tags and empty elements are not in arrays. */
interface StoredRule {
  ID: string
  Status: string
  Filter:
    | { Prefix: string }
    | { And: { Prefix: string; Tag: StoredTag | StoredTag[] } }
    | { Tag: StoredTag }
    | ''
  Expiration?: { Days: number }
  AbortIncompleteMultipartUpload?: { DaysAfterInitiation: number }
}
interface StoredTag {
  Key: string
  Value: string
}

async function setRules(lake: Lake, zone: Zone, rules: readonly BucketRule[]): Promise<void> {
  const Rule = rules.map(
    ({ id, prefix, tag, expireDays, abortDays }): StoredRule => ({
      ID: id,
      Status: 'Enabled',
      Filter: tag ? { And: { Prefix: prefix, Tag: { Key: tag.key, Value: tag.value } } } : { Prefix: prefix },
      ...(expireDays === undefined ? {} : { Expiration: { Days: expireDays } }),
      ...(abortDays === undefined
        ? {}
        : { AbortIncompleteMultipartUpload: { DaysAfterInitiation: abortDays } }),
    }),
  )
  const configuration = Rule.length === 0 ? null : { Rule }
  // Its type of a filter asks for elements that S3 does not allow beside each other.
  await lake.client.setBucketLifecycle(
    lake.bucket(zone),
    configuration as Parameters<Lake['client']['setBucketLifecycle']>[1],
  )
}

/** Rules that a bucket has; a rule that is not like ours comes out unlike any of ours. */
async function rulesIn(lake: Lake, zone: Zone): Promise<BucketRule[]> {
  try {
    const { Rule } = (await lake.client.getBucketLifecycle(lake.bucket(zone))) as unknown as {
      Rule?: StoredRule | StoredRule[]
    }
    return [Rule ?? []].flat().map((rule) => ({
      id: rule.Status === 'Enabled' ? String(rule.ID) : '',
      ...filterOf(rule.Filter),
      expireDays: rule.Expiration?.Days,
      abortDays: rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation,
    }))
  } catch (error) {
    if (codeOf(error) === 'NoSuchLifecycleConfiguration') return []
    throw error
  }
}

function filterOf(filter: StoredRule['Filter']): Pick<BucketRule, 'prefix' | 'tag'> {
  if (!filter) return { prefix: '' }
  const { Prefix = '', Tag } = {
    ...('And' in filter ? filter.And : { Tag: undefined, ...filter }),
  } as { Prefix?: string; Tag?: StoredTag | StoredTag[] }
  const [tag] = [Tag ?? []].flat()
  return { prefix: Prefix, tag: tag && { key: tag.Key, value: tag.Value } }
}

function isSame(left: readonly BucketRule[], right: readonly BucketRule[]): boolean {
  const text = (rules: readonly BucketRule[]) =>
    rules
      .map(({ id, prefix, tag, expireDays, abortDays }) =>
        [id, prefix, tag?.key, tag?.value, expireDays, abortDays].join('\n'),
      )
      .sort()
      .join('\n\n')
  return text(left) === text(right)
}

function isRefusal(error: unknown): boolean {
  return ['InvalidRequest', 'MalformedXML', 'NotImplemented'].includes(codeOf(error) ?? '')
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
