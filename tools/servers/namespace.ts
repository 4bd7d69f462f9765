import { LeashedProcess, type Launch } from './leashed-process.js';
import { program } from './requirements.js';

/**
 * Starts a server in mount and process namespaces of its own, after the given shell lines: what they mount nobody else
 * sees, and every session that the server has forked ends with it. The shell stays, as process 1: vsftpd breaks in that
 * place, and signals would not end a server that sets no handlers. Needs root.
 */
export function launchInNamespace(launch: Launch, mounts: string[]): LeashedProcess {
  const script = ['set -e', ...mounts, '"$@"', 'exit $?'].join('\n');
  const namespaces = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child', '--mount-proc'];
  return new LeashedProcess({
    ...launch,
    command: program('unshare'),
    args: [...namespaces, '/bin/sh', '-c', script, 'namespace', launch.command, ...launch.args],
  });
}
