/** What every process may see of the machine: no credentials, no settings of other parts. */

/** The last two: where Node keeps what it has compiled, and with what each Java begins. */
const MACHINE = [
  'PATH',
  'HOME',
  'TMPDIR',
  'LANG',
  'LC_ALL',
  'NODE_COMPILE_CACHE',
  'JDK_JAVA_OPTIONS',
] as const

export function machineEnvironment(
  settings: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    MACHINE.flatMap((name) => {
      const value = settings[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
