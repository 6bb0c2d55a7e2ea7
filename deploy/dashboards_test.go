package deploy

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type dashboard struct {
	Title, UID, Description string
	SchemaVersion           int
	Templating              struct {
		List []struct{ Name, Type, Query string }
	}
	Panels []panel
}

type panel struct {
	ID                       int
	Type, Title, Description string
	Datasource               struct{ Type, UID string }
	GridPos                  rectangle
	FieldConfig              struct {
		Defaults struct{ Unit string }
	}
	Targets []struct{ RefID, Expr string }
}

// rectangle is a panel's place on a grid that is 24 wide.
type rectangle struct{ X, Y, W, H int }

func (r rectangle) overlaps(other rectangle) bool {
	return r.X < other.X+other.W && other.X < r.X+r.W && r.Y < other.Y+other.H && other.Y < r.Y+r.H
}

func (r rectangle) fits() bool { return r.X >= 0 && r.Y >= 0 && r.W > 0 && r.H > 0 && r.X+r.W <= 24 }

// dashboards gives those that are shipped, by file.
func dashboards(t *testing.T) map[string]dashboard {
	t.Helper()
	files, err := filepath.Glob("grafana/*.json")
	if err != nil || len(files) != 3 {
		t.Fatalf("dashboards: %v, %v", files, err)
	}
	all := map[string]dashboard{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var d dashboard
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[file] = d
	}
	return all
}

func TestDashboardsCanBeLoadedAnywhere(t *testing.T) {
	t.Parallel()
	uids := map[string]string{}
	for file, d := range dashboards(t) {
		if d.Title == "" || d.Description == "" || d.SchemaVersion < 39 || len(d.Panels) == 0 {
			t.Errorf("%s: title %q, schema version %d, %d panels", file, d.Title, d.SchemaVersion, len(d.Panels))
		}
		if other := uids[d.UID]; d.UID == "" || len(d.UID) > 40 || other != "" {
			t.Errorf("%s: uid %q, also of %q", file, d.UID, other)
		}
		uids[d.UID] = file
		if list := d.Templating.List; len(list) != 1 || list[0].Name != "datasource" || list[0].Type != "datasource" || list[0].Query != "prometheus" {
			t.Errorf("%s: variables %+v", file, list)
		}
		for _, p := range d.Panels {
			if p.Datasource.Type != "prometheus" || p.Datasource.UID != "${datasource}" {
				t.Errorf("%s: %q asks %+v", file, p.Title, p.Datasource)
			}
		}
	}
}

func TestPanelsSayWhatTheyShow(t *testing.T) {
	t.Parallel()
	for file, d := range dashboards(t) {
		ids, titles := map[int]bool{}, map[string]bool{}
		for _, p := range d.Panels {
			if p.Title == "" || p.Description == "" || p.FieldConfig.Defaults.Unit == "" || p.Type == "" {
				t.Errorf("%s: %q of type %q, unit %q, described as %q", file, p.Title, p.Type, p.FieldConfig.Defaults.Unit, p.Description)
			}
			if p.ID == 0 || ids[p.ID] || titles[p.Title] {
				t.Errorf("%s: two panels are %d, %q", file, p.ID, p.Title)
			}
			ids[p.ID], titles[p.Title] = true, true
			refs := map[string]bool{"": true}
			for _, target := range p.Targets {
				if target.Expr == "" || refs[target.RefID] {
					t.Errorf("%s: %q asks %q as %q", file, p.Title, target.Expr, target.RefID)
				}
				refs[target.RefID] = true
			}
			if len(refs) == 1 {
				t.Errorf("%s: %q asks nothing", file, p.Title)
			}
		}
	}
}

func TestPanelsHaveAPlaceOfTheirOwn(t *testing.T) {
	t.Parallel()
	for file, d := range dashboards(t) {
		for i, p := range d.Panels {
			if !p.GridPos.fits() {
				t.Errorf("%s: %q is off the grid: %+v", file, p.Title, p.GridPos)
			}
			for _, other := range d.Panels[:i] {
				if p.GridPos.overlaps(other.GridPos) {
					t.Errorf("%s: %q lies over %q", file, p.Title, other.Title)
				}
			}
		}
	}
}

// Prometheus reads the questions as if they were rules.
func TestPanelsAskWhatPrometheusUnderstands(t *testing.T) {
	t.Parallel()
	type recorded struct {
		Record string `json:"record"`
		Expr   string `json:"expr"`
	}
	var rules []recorded
	for _, d := range dashboards(t) {
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				expr := strings.ReplaceAll(target.Expr, "$__rate_interval", "5m")
				rules = append(rules, recorded{fmt.Sprintf("panel:%d", len(rules)), expr})
			}
		}
	}
	text, err := json.Marshal(map[string]any{"groups": []any{map[string]any{"name": "panels", "rules": rules}}})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "panels.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "check", "rules", file)
}

func TestOverlapsAreSeen(t *testing.T) {
	t.Parallel()
	left := rectangle{W: 8, H: 8}
	for other, want := range map[rectangle]bool{
		{X: 8, W: 8, H: 8}: false, {Y: 8, W: 8, H: 8}: false, {X: 7, Y: 7, W: 8, H: 8}: true, {X: 2, Y: 2, W: 1, H: 1}: true,
	} {
		if left.overlaps(other) != want || other.overlaps(left) != want {
			t.Errorf("%+v: not %t", other, want)
		}
	}
	if (rectangle{X: 20, W: 8, H: 8}).fits() {
		t.Error("a panel that reaches over the edge fits")
	}
}
