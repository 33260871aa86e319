/** Why a port could not be opened, said so that the next step is clear. */
import { Gb28181Error } from '../errors.ts'
import { endpointText, type ListenAddress } from './network.ts'

export function listenError(error: Error & { code?: string }, at: ListenAddress): Gb28181Error {
  const where = `${at.transport} ${endpointText(at)}`
  switch (error.code) {
    case 'EADDRINUSE':
      return new Gb28181Error(
        'port-in-use',
        `${where} is in use. Stop the program that uses it, or choose another port.`,
        {
          cause: error,
          port: at.port,
        },
      )
    case 'EADDRNOTAVAIL':
      return new Gb28181Error('address-not-available', `${where}: this machine has no such address.`, { cause: error })
    case 'EACCES':
      return new Gb28181Error('port-not-permitted', `${where}: not permitted. Ports below 1024 need privileges.`, {
        cause: error,
        port: at.port,
      })
    default:
      return new Gb28181Error('listen-failed', `${where} could not be opened: ${error.message}`, { cause: error })
  }
}
