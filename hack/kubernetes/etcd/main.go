// Command etcd is the store of the API server that the tests run; see hack/kubernetes.sh.
// Its own main package can be built only inside of its repository.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
