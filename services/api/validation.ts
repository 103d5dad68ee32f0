/** What the routes' schemas are held to: bodies as they are; of paths and queries, which are text, numbers are made. */
import buildValidators from '@fastify/ajv-compiler'
import { VALIDATION } from '@shelfcast/runtime/validation'

type Build = ReturnType<typeof buildValidators>
/** What a validator is made from, which the package's types do not say. */
type Compile = (route: { httpPart: string }) => ReturnType<ReturnType<Build>>

/** Fastify's builder of validators, for `schemaController`. */
export function createValidators(): Build {
  const build = buildValidators()
  const compile = (schemas: Parameters<Build>[0], coerceTypes: boolean) =>
    build(schemas, {
      onCreate: VALIDATION.onCreate,
      customOptions: { ...VALIDATION.customOptions, coerceTypes },
    }) as unknown as Compile

  return (schemas) => {
    const ofBodies = compile(schemas, false)
    const ofTexts = compile(schemas, true)
    const choose: Compile = (route) => (route.httpPart === 'body' ? ofBodies : ofTexts)(route)
    return choose as unknown as ReturnType<Build>
  }
}
