package vendor

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

var yamlLine = regexp.MustCompile(`line (\d+): `)

// notYAML says in words why a text cannot be read. Tabs get words of their own, because nobody sees them.
func notYAML(text []byte, line int, err error) string {
	if lines := bytes.Split(text, []byte("\n")); line <= len(lines) && bytes.HasPrefix(bytes.TrimLeft(lines[line-1], " "), []byte("\t")) {
		return "not valid YAML: the line is indented by a tab, use spaces"
	}
	return "not valid YAML: " + yamlLine.ReplaceAllString(strings.TrimPrefix(err.Error(), "yaml: "), "")
}

// parseYAML gives the one document of a text. The parser is not trusted not to panic.
func parseYAML(text []byte) (root *yaml.Node, err error) {
	defer func() {
		if recover() != nil {
			root, err = nil, errors.New("not YAML")
		}
	}()
	var document yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&document); err != nil {
		return nil, err
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one document")
	}
	if len(document.Content) != 1 {
		return nil, errors.New("no document")
	}
	return document.Content[0], nil
}
