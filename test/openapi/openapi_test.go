package openapi_test

import (
	"context"
	"embed"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"whoseline/app"
	"whoseline/docs"
	"whoseline/test/npm"
	"whoseline/test/openapi"
)

//go:embed package.json package-lock.json redocly.yaml spectral.yaml
var files embed.FS

// TestGeneratorsAndLintersOfOthersReadTheDocument runs what integrators would, without a warning.
func TestGeneratorsAndLintersOfOthersReadTheDocument(t *testing.T) {
	t.Parallel()
	home := npm.Installed(t, "openapi", files)
	document := written(t)
	for name, arguments := range map[string][]string{
		"openapi-typescript": {document, "--output", filepath.Join(t.TempDir(), "api.ts")},
		"redocly":            {"lint", document, "--config", "redocly.yaml", "--max-problems=50", "--format=codeframe"},
		"spectral":           {"lint", document, "--ruleset", "spectral.yaml", "--fail-severity", "warn"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, home, filepath.Join(home, "node_modules", ".bin", name), arguments...)
		})
	}
}

func TestAGoClientIsGeneratedFromTheDocument(t *testing.T) {
	t.Parallel()
	document := written(t)
	client := filepath.Join(t.TempDir(), "api.go")
	run(t, "../..", "go", "tool", "-modfile=tools.mod", "oapi-codegen", "-config", "test/openapi/oapi-codegen.yaml", "-o", client, document)
	file, err := parser.ParseFile(token.NewFileSet(), client, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	if len(file.Decls) < 100 {
		t.Errorf("only %d declarations were generated", len(file.Decls))
	}
}

func TestTheDocumentHasTheVersionOfTheGateway(t *testing.T) {
	t.Parallel()
	doc, err := openapi.Strict(text(t))
	if err != nil {
		t.Fatal(err)
	}
	if doc.Info.Version != app.Version {
		t.Errorf("the document says %s, the gateway %s", doc.Info.Version, app.Version)
	}
}

func TestAnswersMayHaveMoreMembersForClientsButNotForTheTests(t *testing.T) {
	t.Parallel()
	open, err := openapi3.NewLoader().LoadFromData(text(t))
	if err != nil {
		t.Fatal(err)
	}
	strict, err := openapi.Strict(text(t))
	if err != nil {
		t.Fatal(err)
	}
	answer := map[string]any{"language": "fr", "text": "Code {code}", "new": true}
	if err := open.Components.Schemas["Template"].Value.VisitJSON(answer); err != nil {
		t.Errorf("clients are told to refuse it: %v", err)
	}
	if err := strict.Components.Schemas["Template"].Value.VisitJSON(answer); err == nil {
		t.Error("a member that is not documented was accepted")
	}
}

func text(t *testing.T) []byte {
	t.Helper()
	document, err := docs.Files.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// written puts the document where programs can read it.
func written(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "openapi.yaml")
	if err := os.WriteFile(name, text(t), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func run(t *testing.T, folder, program string, arguments ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, program, arguments...)
	command.Dir = folder
	command.Env = append(os.Environ(), "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true")
	if said, err := command.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", filepath.Base(program), err, said)
	}
}
