// Gives up privileges, then tells the effective capabilities of each of its threads, and its number.
import { readdirSync, readFileSync } from 'node:fs'
import { keepNetRaw } from '../../src/source/privileges.ts'

keepNetRaw()
const capabilities = readdirSync('/proc/self/task').map((thread) => /^CapEff:\s*(\w+)$/m.exec(readFileSync(`/proc/self/task/${thread}/status`, 'utf8'))?.[1])
console.log(JSON.stringify({ pid: process.pid, capabilities, words: process.argv.slice(2) }))
