/** What the operational store answers, as clients of the API read it. */
import { RegistryRefusal } from '@shelfcast/operational/registry'
import { fault, operationalError } from '../http/errors.ts'

/** What the registry does not do is the client's to know; that the store is away, too. */
export async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof RegistryRefusal)
      throw fault(error.code === 'unknown_version' ? 404 : 409, error.code, error.message)
    throw operationalError(error)
  }
}
