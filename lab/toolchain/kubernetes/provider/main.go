// Command pulumi-resource-kubernetes is the official Pulumi provider for Kubernetes, unchanged, built from its module.
// The module's own main package embeds two files that its release process makes and the module does not hold. Here
// provider.ts puts them beside this file.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var terraformMapping []byte

func main() {
	provider.Serve("kubernetes", version.Version, schema, terraformMapping)
}
