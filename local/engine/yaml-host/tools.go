//go:build tools

package host

import _ "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"
