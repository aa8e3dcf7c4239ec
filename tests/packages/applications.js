/** The applications of this folder, built where the npm package is installed from its tarball. */
import { execFile } from 'node:child_process';
import { copyFile, cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/** Where the tarball and the bundlers are installed. */
export const PACKAGES = process.env.SYMBOLON_PACKAGES;

export const tool = (name) => path.join(PACKAGES, 'node_modules/.bin', name);

/**
 * Each with the command that builds it into `out`. Those whose bundler knows of scripts only write the `page` by hand. What is
 * built needs of the policy that it allows what is `allowed`, and the scripts that stand in the pages. Who is `routed`
 * has two pages, and goes from one to the other by script.
 */
export const APPLICATIONS = [
  {
    name: 'Vite',
    folder: 'plain',
    command: (out) => ['vite', 'build', 'plain', '--outDir', out, '--logLevel', 'error'],
  },
  {
    name: 'webpack',
    folder: 'plain',
    page: 'index.html',
    allowed: 'trusted-types webpack',
    command: (out) => ['webpack', './plain/main.js', '--mode', 'production', '--output-trusted-types-policy-name', 'webpack', '-o', out],
  },
  {
    name: 'esbuild',
    folder: 'plain',
    page: 'index.html',
    command: (out) => ['esbuild', 'plain/main.js', '--bundle', '--splitting', '--format=esm', '--log-level=error', `--outdir=${out}`],
  },
  {
    name: 'Next.js',
    folder: 'next',
    routed: true,
    allowed: 'trusted-types default; connect-src ORIGIN/other/',
    command: () => ['next', 'build', 'next'],
  },
  {
    name: 'React',
    folder: 'react',
    routed: true,
    command: (out) => ['vite', 'build', 'react', '--outDir', out, '--logLevel', 'error'],
  },
  {
    name: 'Vue',
    folder: 'vue',
    routed: true,
    allowed: 'trusted-types vue',
    command: (out) => ['vite', 'build', 'vue', '--outDir', out, '--logLevel', 'error'],
  },
];

/** Returns the application that `cargo xtask test packages <bundler>` names, or all of them. */
export function chosen() {
  const { SYMBOLON_BUNDLER: name } = process.env;
  if (!name) return APPLICATIONS;
  const found = APPLICATIONS.filter((application) => application.name.toLowerCase() === name.toLowerCase());
  if (found.length > 0) return found;
  throw new Error(`there is no bundler \`${name}\`. The bundlers are ${APPLICATIONS.map(({ name }) => name).join(', ')}`);
}

/** Builds an application as its people would; says where its pages are. */
export async function build({ name, folder, command, page }) {
  const out = path.join(PACKAGES, folder === 'next' ? 'next/out' : `built/${name}`);
  await rm(out, { recursive: true, force: true });
  await cp(path.join(import.meta.dirname, folder), path.join(PACKAGES, folder), { recursive: true });
  const [program, ...options] = command(out);
  const env = { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' };
  await promisify(execFile)(tool(program), options, { cwd: PACKAGES, env }).catch((error) => {
    throw new Error(`${name} does not build:\n${error.stdout}${error.stderr}`);
  });
  if (page) await copyFile(path.join(PACKAGES, folder, page), path.join(out, page));
  return out;
}
