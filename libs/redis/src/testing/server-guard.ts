/**
 * Shell program around one server of a test. A test process can be killed at any point, and Node cannot
 * ask the kernel to end a child with its parent; but the kernel closes the pipes of a dead process. End
 * of file on standard input kills the server at once (a frozen one hears nothing but KILL) and removes
 * the folder of the topology. A server that ends on its own leaves the folder for its restart.
 *
 * Arguments: $1 folder of the topology, then the server's command line.
 */
export const SERVER_GUARD = `
trap '' PIPE
folder=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{
  while read -r line <&3; do :; done
  # The shell below ends its watcher when the server is gone; the folder is still to be removed then.
  trap '' TERM
  kill -KILL $server 2>/dev/null
  rm -rf "$folder"
} >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait $server
status=$?
kill $watcher 2>/dev/null
exit $status
`;
