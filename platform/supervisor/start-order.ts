/** The order of a start. */

export interface Step {
  name: string
  /** Names of steps that come before it; those that are not of this start are not waited for. */
  needs: readonly string[]
  run(): Promise<void>
}

/** Runs each step as soon as what it needs is done. @throws the first fault, when nothing runs any more */
export async function runInOrder(steps: readonly Step[]): Promise<void> {
  const works = new Map<string, Promise<void>>()
  const begin = ({ name, needs, run }: Step): Promise<void> => {
    const work =
      works.get(name) ?? all(steps.filter((other) => needs.includes(other.name)).map(begin)).then(run)
    works.set(name, work)
    return work
  }
  await all(steps.map(begin))
}

/** Waits for all, also when one fails: nothing is left half started when the error is handled. */
async function all(work: Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((outcome) => outcome.status === 'rejected')
  if (failed) throw failed.reason
}
