/** The order of a run of tests: the longest first, so that the end is not one long file alone. */
import { relative, sep } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Tests of more than one room start a stack, and those of Python learn: minutes, where others take seconds. */
const LONG = /^test\/|\/python\.test\.ts$/

/** @param pathOf with /, from the repository on */
export function longFirst<T>(files: readonly T[], pathOf: (file: T) => string): T[] {
  const isLong = (file: T) => LONG.test(pathOf(file))
  return [...files.filter(isLong), ...files.filter((file) => !isLong(file))]
}

/** Vitest's own order goes by how long the files took on this machine before; where that is not known, by their size. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    if (files.every((file) => this.ctx.cache.getTestSpecificationResult(file))) return sorted
    return longFirst(sorted, ({ moduleId, project }) =>
      relative(project.config.root, moduleId).replaceAll(sep, '/'),
    )
  }
}
