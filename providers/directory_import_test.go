package providers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"whoseline/models"
)

// load imports a text and gives the result, the bad lines as "line reason", and the store.
func load(t testing.TB, text string, o ImportOptions) (ImportResult, []string, *shelf) {
	t.Helper()
	store, bad := &shelf{}, []string{}
	o.BadLine = func(line int, reason string) { bad = append(bad, fmt.Sprint(line, " ", reason)) }
	result, err := newDirectory(store).Import(t.Context(), strings.NewReader(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return result, bad, store
}

func TestEveryColumnOfACSVFileArrives(t *testing.T) {
	t.Parallel()
	_, bad, store := load(t, "\xef\xbb\xbfMobile,Full Name,first_name,MiddleName,last-name,date_of_birth,gender,nin,email,"+
		"address_line,town,lga,state,birth_state,birth_lga,birth_country,religion,image,remarks\r\n"+
		"\r\n"+
		"0803 123 4567,ABE KEMI,KEMI,T,ABE,31 DEC 1985,F,12345678901,k@example.com,"+
		"\"1, \"\"Old\"\" Road\nYaba\",Lagos,Mainland,Lagos,Ogun,Ijebu,Nigeria,islam,\"data:image/jpg;base64,/9j/\",vip\r\n",
		ImportOptions{})
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	want := []models.Owner{{
		FullName: "ABE KEMI", FirstName: "KEMI", MiddleName: "T", LastName: "ABE", DateOfBirth: "1985-12-31",
		Gender: "female", NIN: "12345678901", Email: "k@example.com", Image: "data:image/jpg;base64,/9j/",
		BirthState: "Ogun", BirthLGA: "Ijebu", Birthplace: "Nigeria", Religion: "islam",
		Address: &models.Address{Town: "Lagos", LGA: "Mainland", State: "Lagos", Line: "1, \"Old\" Road\nYaba"},
	}}
	got := newDirectory(store).Owners(t.Context(), question(t, "08031234567"))
	if diff := cmp.Diff(want, got.Owners); diff != "" {
		t.Error(diff)
	}
}

func TestJSONLinesSpeakInBothCasesAndMayNestTheAddress(t *testing.T) {
	t.Parallel()
	result, bad, store := load(t, `{"phone":8031234567,"fullName":"ABE KEMI","dob":null,"nin":12345678901,"other":[1]}`+"\n\n"+
		`{"number":"08031234568","last_name":"OKORO","firstName":"JANE","address":{"line":"1 Road","town":"Yaba","nin":"x"}}`+"\n"+
		`{"mobile":"08031234569","full_name":"X Y","addressLine":"2 Road"}`, ImportOptions{})
	if len(bad) > 0 || result != (ImportResult{Lines: 3, Imported: 3, Added: 3}) {
		t.Fatal(result, bad)
	}
	for number, want := range map[string]models.Owner{
		"08031234567": {FullName: "ABE KEMI", NIN: "12345678901"},
		"08031234568": {
			FullName: "OKORO JANE", FirstName: "JANE", LastName: "OKORO",
			Address: &models.Address{Line: "1 Road", Town: "Yaba"},
		},
		"08031234569": {FullName: "X Y", Address: &models.Address{Line: "2 Road"}},
	} {
		got := newDirectory(store).Owners(t.Context(), question(t, number))
		if diff := cmp.Diff([]models.Owner{want}, got.Owners); diff != "" {
			t.Error(diff)
		}
	}
}

func TestBadLinesAreNamedWithoutTheirContentAndLeftOut(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxField+1)
	var lost []string
	note := func(line int, reason string) { lost = append(lost, fmt.Sprint(line, " ", reason)) }
	result, bad, store := load(t, strings.Join([]string{
		"phone,full_name,dob,gender,nin,image",
		"08031234567,ABE KEMI,,,,",
		"0201234567,ABE KEMI,,,,",
		"08031234567,,,,,",
		"08031234567,ABE KEMI,31-02-1990,,,",
		"08031234567,ABE KEMI,2090-01-01,,,",
		"08031234567,ABE KEMI,,unknown,,",
		"08031234567,ABE KEMI,,,1.23E+10,",
		"08031234567,ABE KEMI,,,,http://example.com/a.jpg",
		"08031234567,ABE KEMI",
		"08031234567,ABE \xff,,,,",
		"08031234567," + long + ",,,,",
		`08031234567,ABE "K" KEMI,,,,`,
		`08031234567,"ABE" KEMI,,,,`,
		"08031234568," + strings.Repeat("x", maxLine) + ",,,,",
		"08031234568,ABE KEMI,,,,",
		`08031234567,"ABE KEMI,,,,`,
		"08031234569,ABE KEMI,,,,",
		"08031234569,ABE KEMI,,,,,,one too many",
		"803123001.0,ABE KEMI",
	}, "\n"), ImportOptions{Lost: note})
	want := []string{
		"3 phone: not a Nigerian phone number",
		"4 full_name: missing, and no other name is given",
		"11 line: not UTF-8",
		"12 full_name: longer than 1 KiB",
		"13 line: a quote is out of place",
		"14 line: a quote is out of place",
		"15 line: longer than 4 MiB",
		"17 line: a quote is not closed",
		"19 line: has 8 fields where the header has 6",
		"20 phone: not a Nigerian phone number",
	}
	if diff := cmp.Diff(want, bad); diff != "" {
		t.Error(diff)
	}
	details := []string{
		"5 date_of_birth: not a date of birth",
		"6 date_of_birth: not a date of birth",
		"7 gender: neither male nor female",
		"8 nin: not 11 digits",
		"9 image: not a data URI of an image",
	}
	if diff := cmp.Diff(details, lost); diff != "" {
		t.Error(diff)
	}
	if want := (ImportResult{Lines: 19, Imported: 9, Bad: 10, Added: 3, Left: 6, Lost: 5}); result != want || store.size() != 3 {
		t.Errorf("%+v, %d rows", result, store.size())
	}
}

func TestBadJSONLinesAreNamedAndLeftOut(t *testing.T) {
	t.Parallel()
	result, bad, _ := load(t, strings.Join([]string{
		`{"phone":"08031234567","full_name":"ABE KEMI"}`,
		`{"phone":"08031234567"`,
		`["08031234567"]`,
		`null`,
		`{"phone":"08031234567","full_name":["ABE"]}`,
		`{"phone":"08031234567","full_name":"ABE KEMI","address":{"town":true}}`,
		`{"phone":true,"full_name":"ABE KEMI"}`,
		`{"full_name":"ABE KEMI"}`,
	}, "\n"), ImportOptions{Format: "jsonl"})
	want := []string{
		"2 line: not a JSON object", "3 line: not a JSON object", "4 line: not a JSON object",
		"5 full_name: neither text nor a number", "6 town: neither text nor a number",
		"7 phone: neither text nor a number", "8 phone: not a Nigerian phone number",
	}
	if diff := cmp.Diff(want, bad); diff != "" {
		t.Error(diff)
	}
	if want := (ImportResult{Lines: 8, Imported: 1, Bad: 7, Added: 1}); result != want {
		t.Errorf("%+v", result)
	}
}

func TestAStrayQuoteCostsItsOwnLineOnly(t *testing.T) {
	t.Parallel()
	var file strings.Builder
	file.WriteString("phone,full_name\n08031234567,\"STRAY\n")
	for i := range 500 {
		fmt.Fprintf(&file, "0803123%04d,ABE KEMI\n", i)
	}
	result, bad, _ := load(t, file.String(), ImportOptions{})
	if want := (ImportResult{Lines: 501, Imported: 500, Bad: 1, Added: 500}); result != want {
		t.Errorf("%+v, %v", result, bad)
	}
}

func TestImportingTwiceDoublesNothing(t *testing.T) {
	t.Parallel()
	file := "phone,full_name\n08031234567,ABE KEMI\n08031234567,ABE KEMI\n+2348031234567,ABE  KEMI\n"
	store := &shelf{}
	for _, want := range []ImportResult{
		{Lines: 3, Imported: 3, Added: 1, Changed: 1, Left: 1}, {Lines: 3, Imported: 3, Left: 3},
	} {
		result, err := newDirectory(store).Import(t.Context(), strings.NewReader(file), ImportOptions{})
		if err != nil || result != want {
			t.Errorf("%+v, %v", result, err)
		}
	}
	if store.size() != 2 {
		t.Errorf("%d rows", store.size())
	}
}

// endless makes a file of many lines without holding it.
type endless struct{ line, last int }

func (e *endless) Read(p []byte) (int, error) {
	if e.line > e.last {
		return 0, io.EOF
	}
	text := "phone,full_name,email\n"
	if e.line > 0 {
		text = fmt.Sprintf("0803%07d,ABE KEMI,k%d@example.com\n", e.line, e.line)
	}
	e.line++
	return copy(p, text), nil
}

func TestAManyLineFileGoesToTheStoreInBatchesWithProgress(t *testing.T) {
	t.Parallel()
	store := &shelf{}
	var seen []int
	var read int64
	result, err := newDirectory(store).Import(t.Context(), &endless{last: 2500}, ImportOptions{
		Size: 99,
		Progress: func(lines int, bytes, total int64) {
			if bytes < read || total != 99 {
				t.Errorf("%d of %d bytes after %d", bytes, total, read)
			}
			seen, read = append(seen, lines), bytes
		},
	})
	if want := (ImportResult{Lines: 2500, Imported: 2500, Added: 2500}); err != nil || result != want {
		t.Fatalf("%+v, %v", result, err)
	}
	if diff := cmp.Diff([]int{1000, 2000, 2500}, seen); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{1000, 1000, 500}, store.calls); diff != "" {
		t.Error(diff)
	}
}

func TestRowsWithPhotographsGoInSmallerBatches(t *testing.T) {
	t.Parallel()
	image := "data:image/jpg;base64," + strings.Repeat("A", 3<<20)
	var file strings.Builder
	file.WriteString("phone,full_name,image\n")
	for i := range 4 {
		fmt.Fprintf(&file, "0803123456%d,ABE KEMI,\"%s\"\n", i, image)
	}
	_, bad, store := load(t, file.String(), ImportOptions{})
	if diff := cmp.Diff([]int{3, 1}, store.calls); diff != "" || len(bad) > 0 {
		t.Error(diff, bad)
	}
}

func TestAFileOfBadLinesStillShowsProgress(t *testing.T) {
	t.Parallel()
	var seen []int
	text := "phone,full_name\n" + strings.Repeat("1,A\n", 25_000)
	result, _, _ := load(t, text, ImportOptions{Progress: func(lines int, _, _ int64) { seen = append(seen, lines) }})
	if diff := cmp.Diff([]int{10_000, 20_000, 25_000}, seen); diff != "" || result.Bad != 25_000 {
		t.Error(diff, result)
	}
}

func TestAnImportStopsWhenItCannotGoOn(t *testing.T) {
	t.Parallel()
	file := func() io.Reader { return strings.NewReader("phone,full_name\n08031234567,ABE KEMI\n") }
	away, torn := errors.New("away"), errors.New("torn")
	if _, err := newDirectory(&shelf{err: away}).Import(t.Context(), file(), ImportOptions{}); !errors.Is(err, away) {
		t.Errorf("store: %v", err)
	}
	broken := io.MultiReader(file(), readError{torn})
	if _, err := newDirectory(&shelf{}).Import(t.Context(), broken, ImportOptions{}); !errors.Is(err, torn) {
		t.Errorf("reader: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newDirectory(&shelf{}).Import(ctx, file(), ImportOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("context: %v", err)
	}
	for name, o := range map[string]ImportOptions{"unknown format": {Format: "xml"}, "no column is called": {Format: "csv"}} {
		_, err := newDirectory(&shelf{}).Import(t.Context(), strings.NewReader("a,b\n"), o)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type readError struct{ err error }

func (r readError) Read([]byte) (int, error) { return 0, r.err }

func TestTheFormatIsGuessed(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, text string }{
		{"OWNERS.CSV", "phone,full_name\n08031234567,A B\n"},
		{"", "phone,full_name\n08031234567,A B\n"},
		{"a.jsonl", `{"phone":"08031234567","full_name":"A B"}`},
		{"a.ndjson", `{"phone":"08031234567","full_name":"A B"}`},
		{"-", "\xef\xbb\xbf \n" + `{"phone":"08031234567","full_name":"A B"}`},
	} {
		if result, bad, _ := load(t, row.text, ImportOptions{Name: row.name}); result.Imported != 1 {
			t.Errorf("%q: %+v %v", row.name, result, bad)
		}
	}
	if result, _, _ := load(t, "", ImportOptions{}); result != (ImportResult{}) {
		t.Errorf("an empty file: %+v", result)
	}
}

func TestFilesAsSpreadsheetsWriteThemImport(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"lines that end with CR":       "phone,full_name\r08031234567,ADA OBI\r",
		"no empty fields at the end":   "phone,full_name,email,nin\r\n08031234567,ADA OBI\r\n",
		"empty fields too many":        "phone,full_name\r\n08031234567,ADA OBI,,,\r\n,,,\r\n",
		"a formula that keeps a zero":  "phone,full_name\r\n=\"08031234567\",ADA OBI\r\n",
		"the formula within quotes":    "phone,full_name\r\n\"=\"\"08031234567\"\"\",=\"ADA OBI\"\r\n",
		"an apostrophe that does":      "phone,full_name\r\n'08031234567,ADA OBI\r\n",
		"marks that nobody sees":       "\ufeffphone,full_name\r\n\u202a+234\u00a0803\u00a0123\u00a04567\u202c,\u200eADA\u00a0OBI\u200b\r\n",
		"semicolons":                   "phone;full_name\r\n08031234567;ADA OBI\r\n",
		"tabs":                         "phone\tfull_name\r\n08031234567\tADA OBI\r\n",
		"a line about the separator":   "sep=;\r\nphone;full_name\r\n08031234567;ADA OBI\r\n",
		"another one":                  "SEP=^\nphone^full_name\n08031234567^ADA OBI\n",
		"commas among semicolons":      "Phone Number;Name, full;Full Name\n08031234567;x,y;ADA OBI\n",
		"headings of networks":         "MSISDN,Surname,Other Names\n2348031234567,ADA,OBI\n",
		"headings of people":           "Mobile No.,\"Full\nname\"\n+234 (0) 803 123 4567,ADA OBI\n",
		"a header within quotes":       "\"Phone Number\";\"Full Name\"\n\"08031234567\";\"ADA OBI\"\n",
		"numbers as JSON numbers":      "{\"msisdn\":2348031234567,\"name\":\"ADA OBI\"}\r",
		"words for what is not there":  "phone,full_name,dob,nin,gender\n08031234567,ADA OBI,0000-00-00,NULL,\\N\n",
		"a code in quotes for the NIN": "phone,full_name,nin\n08031234567,ADA OBI,=\"\"\n",
	} {
		result, bad, store := load(t, text, ImportOptions{Lost: func(line int, reason string) { t.Errorf("%s: %d %s", name, line, reason) }})
		got := newDirectory(store).Owners(t.Context(), question(t, "08031234567")).Owners
		if result.Imported != 1 || result.Bad != 0 || len(got) != 1 || got[0].FullName != "ADA OBI" {
			t.Errorf("%s: %+v %v %+v", name, result, bad, got)
		}
	}
}

func TestDatesInFilesAreReadOrLeftOut(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"1990-05-16": "1990-05-16", "1990-05-16 00:00:00": "1990-05-16", "1990-05-16T00:00:00Z": "1990-05-16", "1990-05-16 00:00:00.000": "1990-05-16",
		"1990-05-16T00:00:00.000+01:00": "1990-05-16", "1990-05-16 00:00:00+01": "1990-05-16", "1990/05/16": "1990-05-16", "19900516": "1990-05-16",
		"16.05.1990": "1990-05-16", "16/05/1990 00:00": "1990-05-16", "16 May 1990": "1990-05-16", "May 16 1990": "", "May 16, 1990": "1990-05-16",
		"Wednesday, 16 May 1990": "1990-05-16", "16-May-90": "1990-05-16", "'16/05/1990": "1990-05-16",
		"1990-05-15T23:00:00Z": "", "05/16/1990": "", "33009": "", "16/05/90": "", "2090-01-01": "", "yesterday": "", "1990-13-01": "",
	} {
		lost := 0
		_, bad, store := load(t, "phone;name;dob\n08031234567;ADA OBI;"+text+"\n", ImportOptions{Lost: func(int, string) { lost++ }})
		got := newDirectory(store).Owners(t.Context(), question(t, "08031234567")).Owners
		if len(got) != 1 || got[0].DateOfBirth != want || (lost == 0) != (want != "") {
			t.Errorf("%s: %+v, %d lost, %v", text, got, lost, bad)
		}
	}
}

func TestAWorkbookIsToldApartFromItsText(t *testing.T) {
	t.Parallel()
	_, err := newDirectory(&shelf{}).Import(t.Context(), strings.NewReader("PK\x03\x04\x14\x00"), ImportOptions{Name: "a.csv"})
	if err == nil || !strings.Contains(err.Error(), "save it as CSV") {
		t.Error(err)
	}
}

func FuzzImport(f *testing.F) {
	f.Add("phone,full_name\n08031234567,\"A\nB\"\n\"x\n08031234568,C D\n", "csv")
	f.Add(`{"phone":"08031234567","full_name":"A B","address":{"town":"x"}}`+"\n{\n", "jsonl")
	f.Add("sep=;\rMSISDN;Name\r=\"08031234567\";A B\r", "csv")
	f.Add("phone\tname\tdob\n'08031234567\tA B\t1990-05-16 00:00:00\n\t\t\n", "csv")
	f.Add("\xef\xbb\xbfphone\r\n\xff\r\n\"\"\"\"\r\n", "")
	f.Fuzz(func(t *testing.T, text, format string) {
		store, lines := &shelf{}, []int{}
		result, err := newDirectory(store).Import(t.Context(), strings.NewReader(text), ImportOptions{
			Format:  format,
			BadLine: func(line int, _ string) { lines = append(lines, line) },
		})
		if result.Lines != result.Imported+result.Bad || result.Bad != len(lines) || store.size() > result.Imported {
			t.Errorf("%+v, %d bad lines, %d rows", result, len(lines), store.size())
		}
		if !slices.IsSorted(lines) || len(lines) > 0 && lines[len(lines)-1] > strings.Count(text, "\n")+strings.Count(text, "\r")+1 {
			t.Errorf("bad lines %v", lines)
		}
		for _, rows := range store.rows {
			for _, r := range rows {
				if !strings.Contains(string(r.Sealed), "fullName") {
					t.Errorf("an owner without a name: %s", r.Sealed)
				}
			}
		}
		_ = err // a file that is none of ours is refused
	})
}
