/** What came of overrides, out of what the job measure-overrides has measured. */
import type { OverrideValue, OverrideValues } from '@shelfcast/contracts/overrides'
import { type DayOfErrors, valueAdded } from '@shelfcast/planning/overrides/value-added'
import type { Reader } from '@shelfcast/warehouse/queries/rows'

type Group = DayOfErrors & { actor: string; reason: string; direction: 'up' | 'down' }

/** By day and what is told apart. */
const DAYS = `
select
    toString(day) as day,
    actor,
    reason,
    if(effective >= forecast, 'up', 'down') as direction,
    count() as series,
    sum(actual) as actual,
    sum(abs(outcomes.actual - forecast)) as forecast_error,
    sum(abs(outcomes.actual - effective)) as override_error
from (select * from override_outcomes final) as outcomes
where {id:UInt64} = 0 or override_id = {id:UInt64}
group by day, actor, reason, direction
order by day, actor, reason, direction`

export async function readValue(read: Reader, id: number): Promise<OverrideValue | null> {
  return valueAdded(await read<Group>(DAYS, { id }))
}

export async function readValues(read: Reader): Promise<OverrideValues> {
  const groups = await read<Group>(DAYS, { id: 0 })
  const by = <Name extends 'actor' | 'reason' | 'direction'>(name: Name) =>
    [...Map.groupBy(groups, (group) => group[name])]
      .map(([key, days]) => ({ [name]: key, value: valueAdded(days)! }))
      .toSorted((one, other) => other.value.series_days - one.value.series_days) as {
      [key in Name | 'value']: key extends 'value' ? OverrideValue : Group[Name]
    }[]
  return {
    all: valueAdded(groups),
    by_actor: by('actor'),
    by_reason: by('reason'),
    by_direction: by('direction'),
  }
}
