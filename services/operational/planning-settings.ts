/** The rules of planning, each change as a version of its own. */
import { DEFAULT_SETTINGS, type PlanningSettings } from '@shelfcast/contracts/planning'
import { codeOf, type Operational, one } from './client.ts'

export interface SettingsVersion {
  /** 0: nobody has changed anything yet. */
  version: number
  settings: PlanningSettings
  actor: string
  reason: string
  /** Null: of the defaults. */
  at: string | null
}

export interface Settings {
  current(): Promise<SettingsVersion>
  /** @throws SettingsConflict when somebody has changed them since `version` */
  change(change: {
    version: number
    settings: PlanningSettings
    actor: string
    reason: string
  }): Promise<SettingsVersion>
  /** Newest first. */
  history(limit?: number): Promise<SettingsVersion[]>
}

/** Somebody else was first: what they left is in `current`. */
export class SettingsConflict extends Error {
  override name = 'SettingsConflict'
  readonly current: SettingsVersion

  constructor(version: number, current: SettingsVersion) {
    super(
      `The settings of planning are at version ${current.version}, changed by ${current.actor}: "${current.reason}". ` +
        `The change was made to version ${version}. Look at them, and send the change with version ${current.version}.`,
    )
    this.current = current
  }
}

const UNIQUE_VIOLATION = '23505'
const COLUMNS = 'version, settings, actor, reason, at'

export function createSettings(operational: Operational): Settings {
  async function current(): Promise<SettingsVersion> {
    const [newest] = await operational.query<SettingsVersion & Record<string, unknown>>(
      `select ${COLUMNS} from planning_settings order by version desc limit 1`,
    )
    if (!newest)
      return { version: 0, settings: DEFAULT_SETTINGS, actor: 'shelfcast', reason: 'defaults', at: null }
    // What a later release added has its default.
    return { ...newest, settings: { ...DEFAULT_SETTINGS, ...newest.settings } }
  }

  return {
    current,
    async change({ version, settings, actor, reason }) {
      const before = await current()
      if (before.version !== version) throw new SettingsConflict(version, before)
      try {
        return one(
          await operational.query<SettingsVersion & Record<string, unknown>>(
            `insert into planning_settings (version, settings, actor, reason) values ($1, $2::jsonb, $3, $4)
            returning ${COLUMNS}`,
            [version + 1, JSON.stringify(settings), actor, reason],
          ),
        )
      } catch (error) {
        if (codeOf(error) === UNIQUE_VIOLATION) throw new SettingsConflict(version, await current())
        throw error
      }
    },
    history: (limit = 50) =>
      operational.query<SettingsVersion & Record<string, unknown>>(
        `select ${COLUMNS} from planning_settings order by version desc limit $1`,
        [limit],
      ),
  }
}
