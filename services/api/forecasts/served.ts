/** Which forecasts are read: of the rows that serve a day of a series, the one that was made last. */
import { FORECAST_TABLE } from '@shelfcast/contracts/warehouse'

/**
 * A subquery. Another model that comes to serve an origin forecasts it anew, and what the one before said stays stored.
 * @param columns and conditions in SQL, of fact_forecast
 */
export const served = (columns: readonly string[], where: string): string => `(
        select ${columns.join(', ')}
        from ${FORECAST_TABLE}
        where served and ${where}
        order by made_at desc
        limit 1 by store_id, sku, origin, horizon
    ) as forecasts`
