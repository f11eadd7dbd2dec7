package clustertest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/parley-chat/parley/api/v1alpha1"
)

// patience is for machines on which other tests run too.
const patience = 2 * time.Minute

// Cluster is a real API server.
type Cluster struct {
	Config *rest.Config
	Client client.Client // may do everything
	Scheme *runtime.Scheme
}

// Start starts an API server that ends with the test. It knows our CRD, and no optional
// APIs.
func Start(tb testing.TB) *Cluster {
	tb.Helper()
	root, err := moduleRoot()
	if err != nil {
		tb.Fatal(err)
	}
	programs, err := find(root)
	if err != nil {
		skipOrFail(tb, err)
	}
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			tb.Fatal(err)
		}
	}
	environment := &envtest.Environment{
		BinaryAssetsDirectory:    programs,
		CRDDirectoryPaths:        []string{filepath.Join(root, "config", "crd")},
		ErrorIfCRDPathMissing:    true,
		Scheme:                   scheme,
		ControlPlaneStartTimeout: patience,
		ControlPlaneStopTimeout:  patience,
	}
	// Room for the Services of a thousand ChatRooms; 254 are what there is by default.
	environment.ControlPlane.GetAPIServer().Configure().Set("service-cluster-ip-range", "10.0.0.0/16")
	config, err := environment.Start()
	if err != nil {
		tb.Fatalf("start the API server: %v", err)
	}
	tb.Cleanup(func() {
		if err := environment.Stop(); err != nil {
			tb.Errorf("end the API server: %v", err)
		}
	})
	all, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		tb.Fatal(err)
	}
	return &Cluster{Config: config, Client: all, Scheme: scheme}
}

// InstallOptional makes the optional APIs known, by the CRDs of those who made them.
func (c *Cluster) InstallOptional(tb testing.TB) {
	tb.Helper()
	if _, err := envtest.InstallCRDs(c.Config, c.optional(tb)); err != nil {
		tb.Fatal(err)
	}
}

// RemoveOptional takes the optional APIs away again, with all objects of theirs, and returns
// when they are gone.
func (c *Cluster) RemoveOptional(tb testing.TB) {
	tb.Helper()
	options := c.optional(tb)
	if err := errors.Join(envtest.ReadCRDFiles(&options), envtest.UninstallCRDs(c.Config, options)); err != nil {
		tb.Fatal(err)
	}
	for deadline := time.Now().Add(patience); len(options.CRDs) > 0; {
		crd := &metav1.PartialObjectMetadata{}
		crd.SetGroupVersionKind(apiextensionsv1.SchemeGroupVersion.WithKind("CustomResourceDefinition"))
		err := c.Client.Get(tb.Context(), client.ObjectKeyFromObject(options.CRDs[0]), crd)
		switch {
		case apierrors.IsNotFound(err):
			options.CRDs = options.CRDs[1:]
		case err != nil || time.Now().After(deadline):
			tb.Fatalf("the API of %s does not go: %v", options.CRDs[0].Name, err)
		default:
			time.Sleep(20 * time.Millisecond)
		}
	}
}

func (c *Cluster) optional(tb testing.TB) envtest.CRDInstallOptions {
	tb.Helper()
	root, err := moduleRoot()
	if err != nil {
		tb.Fatal(err)
	}
	folders, err := filepath.Glob(filepath.Join(root, "build", "tools", "crds", "*@*"))
	if err != nil || len(folders) == 0 {
		skipOrFail(tb, fmt.Errorf("no CRDs of optional APIs: run hack/kubernetes.sh (%w)", errors.Join(err, ErrNoKubernetes)))
	}
	return envtest.CRDInstallOptions{Paths: folders, ErrorIfPathMissing: true, Scheme: c.Scheme}
}

// Namespace creates a namespace in which the restricted Pod Security Standard is enforced.
func (c *Cluster) Namespace(tb testing.TB, name string) string {
	tb.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: name, Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted"},
	}}
	if err := c.Client.Create(tb.Context(), namespace); err != nil {
		tb.Fatal(err)
	}
	return name
}

func skipOrFail(tb testing.TB, err error) {
	tb.Helper()
	if os.Getenv(envRequire) == "1" {
		tb.Fatal(err)
	}
	tb.Skipf("SKIPPED, and so not tested: %v", err)
}
