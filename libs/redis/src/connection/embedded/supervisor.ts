/**
 * Shell program that runs the server and never outlives the application. Node cannot ask the kernel
 * to end a child with its parent, but the kernel closes a dead process' pipes, also after SIGKILL:
 * end of file on standard input is the signal to end the server.
 *
 * Arguments: $1 temporary folder to remove at the end, then the server's command line.
 * TERM first, since a server with a folder writes its file; KILL after two seconds, since a stopped
 * process (SIGSTOP) hears nothing else.
 */
export const SUPERVISOR = `
# The shell reports a killed server to an application that is gone; that must not end it before the rest.
trap '' PIPE
folder=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{
  while read -r line <&3; do :; done
  kill -TERM $server 2>/dev/null
  tries=0
  while kill -0 $server 2>/dev/null && [ $tries -lt 40 ]; do
    tries=$((tries + 1))
    sleep 0.05
  done
  kill -KILL $server 2>/dev/null
} &
watcher=$!
exec 3<&-
wait $server
status=$?
kill $watcher 2>/dev/null
rm -rf "$folder"
exit $status
`;
