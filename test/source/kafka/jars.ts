import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const version = '4.2.1'

/** The folder with the jars of Apache Kafka, fetched by Maven once for each user of this machine. Throws where they are not to be had, and says why. */
export function jarsFolder(): string {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tapistry-tests')
  const folder = join(cache, `kafka-${version}`)
  if (existsSync(folder)) return folder
  mkdirSync(cache, { recursive: true })
  const scratch = mkdtempSync(join(cache, 'kafka-'))
  try {
    writeFileSync(join(scratch, 'pom.xml'), project)
    const jars = join(scratch, 'jars')
    execFileSync('mvn', ['-B', '-q', 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`, '-DincludeScope=runtime'], {
      cwd: scratch,
      stdio: ['ignore', 'ignore', 'ignore'],
      timeout: 300_000,
    })
    // Whoever comes second finds the place taken, by the same jars.
    if (!existsSync(folder)) renameSync(jars, folder)
    return folder
  } catch (thrown) {
    throw new Error(`there are no jars of Apache Kafka ${version}: install maven, and let it reach its registry`, { cause: thrown })
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

const project = `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>tapistry</groupId>
  <artifactId>test-broker</artifactId>
  <version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${version}</version></dependency>
  </dependencies>
</project>
`
