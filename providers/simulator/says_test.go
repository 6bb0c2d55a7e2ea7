package simulator_test

// expected is a status and one value of the body; * is any value.
type expected struct {
	status      int
	path, value string
}

// camaraRefusals are the same for all of CAMARA's operations.
var camaraRefusals = [7]expected{
	1: {404, "code", "IDENTIFIER_NOT_FOUND"}, 2: {400, "code", "INVALID_ARGUMENT"}, 3: {503, "status", "503"},
	5: {429, "code", "QUOTA_EXCEEDED"}, 6: {429, "code", "TOO_MANY_REQUESTS"},
}

func camaraSays(zero, four expected) [7]expected {
	all := camaraRefusals
	all[0], all[4] = zero, four
	return all
}

// says is what each provider says for the digits from 0 to 6. The others are the same everywhere.
var says = map[string][7]expected{
	"youverify": {
		{200, "data.status", "found"},
		{200, "data.status", "not_found"},
		{400, "success", "false"},
		{200, "data.status", "pending"},
		{200, "data.phoneDetails.#", "2"},
		{402, "name", "PaymentRequiredError"},
		{429, "statusCode", "429"},
	},
	"youverify_advanced": {
		{200, "data.lastName", "*"},
		{200, "data.status", "not_found"},
		{400, "success", "false"},
		{200, "data.status", "pending"},
		{200, "data.nin", "*"},
		{402, "name", "PaymentRequiredError"},
		{429, "statusCode", "429"},
	},
	"prembly_basic":   premblySays("data.firstName", "data.nin"),
	"prembly_advance": premblySays("data.nin", "data.nin"),
	"prembly_atomic":  premblySays("data.telephoneno", "data.nin"),
	"dojah_basic":     dojahSays("entity.msisdn", "entity.photo"),
	"dojah_advanced":  dojahSays("entity.photo", "entity.birthDate"),
	"smile_v1": {
		{200, "ResultCode", "1012"},
		{200, "ResultCode", "1013"},
		{200, "ResultCode", "1014"},
		{200, "ResultCode", "1015"},
		{200, "FullData.nin", "*"},
		{402, "error", "Insufficient balance"},
		{429, "code", "429"},
	},
	"smile_v2_phone": {
		{200, "code", "1020"},
		{200, "code", "1023"},
		{200, "code", "1014"},
		{200, "code", "1015"},
		{200, "code", "1020"},
		{402, "error", "Insufficient balance"},
		{429, "code", "429"},
	},
	"mtn_kyc":       mtnSays,
	"mtn_kyc_oauth": mtnSays,
	"qoreid_nin_phone": {
		{200, "summary.nin_check.status", "EXACT_MATCH"},
		{404, "statusCode", "404"},
		{400, "statusCode", "400"},
		{503, "message", "A third party service failed"},
		{200, "nin.address.lga", "*"},
		{402, "statusCode", "402"},
		{429, "statusCode", "429"},
	},
	"korapay": {
		{200, "data.id_type", "ng_phone"},
		{404, "message", "Phone number not found"},
		{400, "status", "false"},
		{503, "status", "false"},
		{200, "data.id_type", "ng_phone"},
		{400, "message", "Insufficient balance"},
		{429, "status", "false"},
	},
	"sourceid": {
		{200, "data.names.firstName", "*"},
		{200, "message", "Phone number not found"},
		{400, "status", "false"},
		{503, "status", "false"},
		{200, "data.personalData.maritalStatus", "Single"},
		{402, "message", "Insufficient balance"},
		{429, "status", "false"},
	},
	"camara_fill_in":             camaraSays(expected{200, "idDocumentType", "national_id_card"}, expected{200, "country", "NG"}),
	"camara_match":               camaraSays(expected{200, "nameMatch", "true"}, expected{403, "code", "KNOW_YOUR_CUSTOMER.ID_DOCUMENT_REQUIRED"}),
	"camara_sim_swap":            camaraSays(expected{200, "swapped", "false"}, expected{200, "swapped", "true"}),
	"camara_sim_swap_date":       camaraSays(expected{200, "latestSimChange", "2024-09-18T07:37:53.471829447Z"}, expected{200, "monitoredPeriod", "120"}),
	"camara_tenure":              camaraSays(expected{200, "tenureDateCheck", "true"}, expected{200, "tenureDateCheck", "false"}),
	"camara_number_recycling":    camaraSays(expected{200, "phoneNumberRecycled", "false"}, expected{200, "phoneNumberRecycled", "true"}),
	"camara_number_verification": camaraSays(expected{200, "devicePhoneNumberVerified", "true"}, expected{200, "devicePhoneNumberVerified", "false"}),
}

var mtnSays = [7]expected{
	{200, "data.idType", "NIN"},
	{404, "error", "Not Found"},
	{400, "error", "Bad Request"},
	{503, "statusCode", "3000"},
	{200, "data.idType", "Passport"},
	{403, "statusCode", "6001"},
	{429, "statusCode", "1013"},
}

func premblySays(usual, record string) [7]expected {
	return [7]expected{
		{200, usual + "", "*"},
		{200, "response_code", "01"},
		{400, "status", "false"},
		{200, "response_code", "02"},
		{200, record + "", "*"},
		{200, "response_code", "03"},
		{429, "status", "false"},
	}
}

func dojahSays(usual, record string) [7]expected {
	return [7]expected{
		{200, usual + "", "*"},
		{404, "error", "Result Not Found"},
		{400, "error", "*"},
		{424, "error", "Unable to reach service"},
		{200, record + "", "*"},
		{402, "error", "*"},
		{429, "error", ""},
	}
}
