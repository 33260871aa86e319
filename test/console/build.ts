/** The tests look at what is built. */
export { buildConsole as setup } from '../../src/console/build/build.ts'
