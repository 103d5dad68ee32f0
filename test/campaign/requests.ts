/** What ingest asks the stores, as their bytes say it. */

/** A block on its way to the lake. */
export const PUT = /^PUT \/raw\/sales-transactions\//
export const FACTS = /insert into fact_sales/i
export const DEAD_LETTERS = /insert into dead_letters/i
/** The ledger's insert may travel in the URL. */
export const LEDGER = /insert(?: |\+|%20)into(?: |\+|%20)`?lake_objects/i
