/** The order of a run of tests: the longest first, so that the end is not one long file alone. */
import { relative, sep } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Tests of more than one room start a stack, and those of Python learn: minutes, where others take seconds. */
const LONG = /^test\/|\/python\.test\.ts$/

/** Vitest's own order goes by the times of the last run on this machine, and by size where there was none. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId, project }: TestSpecification) =>
      LONG.test(relative(project.config.root, moduleId).replaceAll(sep, '/'))
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}
